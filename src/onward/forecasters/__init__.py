"""Forecasts from past labels alone; one forecaster a file."""

from onward.forecasters.base import AbstractForecaster
from onward.forecasters.holt_winters import HoltWinters
from onward.forecasters.last_label import LastLabel
from onward.forecasters.markov import Markov
from onward.forecasters.moving_average import MovingAverage
from onward.forecasters.running_mean import RunningMean
from onward.forecasters.seasonal import Seasonal

__all__ = [
    "AbstractForecaster",
    "HoltWinters",
    "LastLabel",
    "Markov",
    "MovingAverage",
    "RunningMean",
    "Seasonal",
]
