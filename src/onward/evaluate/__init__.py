"""Scores, obvious opponents, and how both are kept over a stream. Sees no model of ours."""

from onward.evaluate.baselines import (
    BASELINES,
    AbstractBaseline,
    LastLabel,
    OnlineLinear,
    RunningMean,
    standard_baselines,
)
from onward.evaluate.intervals import IntervalScores
from onward.evaluate.metrics import (
    SCORES,
    AbstractScore,
    ClassificationScore,
    Confusion,
    Metric,
    RegressionScore,
    metrics_of,
)
from onward.evaluate.scoreboard import FROZEN, Scoreboard
from onward.evaluate.series import SeriesScores

__all__ = [
    "BASELINES",
    "FROZEN",
    "SCORES",
    "AbstractBaseline",
    "AbstractScore",
    "ClassificationScore",
    "Confusion",
    "IntervalScores",
    "LastLabel",
    "Metric",
    "OnlineLinear",
    "RegressionScore",
    "RunningMean",
    "Scoreboard",
    "SeriesScores",
    "metrics_of",
    "standard_baselines",
]
