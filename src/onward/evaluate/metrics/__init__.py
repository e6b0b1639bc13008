"""Scores of a learner over a stream, in constant memory."""

from onward.evaluate.metrics.base import AbstractScore
from onward.evaluate.metrics.classification import ClassificationScore
from onward.evaluate.metrics.regression import RegressionScore

__all__ = ["AbstractScore", "ClassificationScore", "RegressionScore"]
