"""Estimators of scikit-learn that learn from ordered rows; the extra `sklearn` installs it."""

from onward.adapters.sklearn.classifier import RecurrentClassifier
from onward.adapters.sklearn.regressor import RecurrentRegressor

__all__ = ["RecurrentClassifier", "RecurrentRegressor"]
