"""Scores, obvious opponents, and how both are kept over a stream. Sees no model of ours."""

from onward.evaluate.baselines import (
    AbstractBaseline,
    LastLabel,
    OnlineLinear,
    RunningMean,
    standard_baselines,
)
from onward.evaluate.metrics import AbstractScore, ClassificationScore, RegressionScore
from onward.evaluate.rolling import RollingError
from onward.evaluate.scoreboard import Scoreboard

__all__ = [
    "AbstractBaseline",
    "AbstractScore",
    "ClassificationScore",
    "LastLabel",
    "OnlineLinear",
    "RegressionScore",
    "RollingError",
    "RunningMean",
    "Scoreboard",
    "standard_baselines",
]
