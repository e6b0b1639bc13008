"""Scores, obvious opponents, and how both are kept over a stream. Sees no model of ours."""

from onward.evaluate.baselines import (
    BASELINES,
    AbstractBaseline,
    LastLabel,
    OnlineLinear,
    RunningMean,
    standard_baselines,
)
from onward.evaluate.metrics import (
    SCORES,
    AbstractScore,
    ClassificationScore,
    Metric,
    RegressionScore,
    metrics_of,
)
from onward.evaluate.rolling import RollingError
from onward.evaluate.scoreboard import Scoreboard

__all__ = [
    "BASELINES",
    "SCORES",
    "AbstractBaseline",
    "AbstractScore",
    "ClassificationScore",
    "LastLabel",
    "Metric",
    "OnlineLinear",
    "RegressionScore",
    "RollingError",
    "RunningMean",
    "Scoreboard",
    "metrics_of",
    "standard_baselines",
]
