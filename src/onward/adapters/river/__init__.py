"""Recurrent networks as River's estimators; needs `pip install onward[river]`."""

from onward.adapters.river.classifier import RecurrentClassifier
from onward.adapters.river.forecaster import RecurrentForecaster
from onward.adapters.river.multi_target import RecurrentMultiTargetRegressor
from onward.adapters.river.regressor import RecurrentRegressor

__all__ = [
    "RecurrentClassifier",
    "RecurrentForecaster",
    "RecurrentMultiTargetRegressor",
    "RecurrentRegressor",
]
