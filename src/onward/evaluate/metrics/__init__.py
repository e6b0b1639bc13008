"""Scores of a learner over a stream, in constant memory."""

from onward.evaluate.metrics.base import AbstractScore
from onward.evaluate.metrics.catalogue import SCORES, metrics_of
from onward.evaluate.metrics.classification import ClassificationScore
from onward.evaluate.metrics.confusion import Confusion
from onward.evaluate.metrics.metric import Metric
from onward.evaluate.metrics.regression import RegressionScore

__all__ = [
    "SCORES",
    "AbstractScore",
    "ClassificationScore",
    "Confusion",
    "Metric",
    "RegressionScore",
    "metrics_of",
]
