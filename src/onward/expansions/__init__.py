"""Further inputs of a learner, made online from those that it has."""

from onward.expansions.base import AbstractExpansion, Inputs
from onward.expansions.lags import Lags
from onward.expansions.moving_averages import MovingAverages
from onward.expansions.one_hot import OneHot
from onward.expansions.random_fourier import RandomFourier

__all__ = [
    "AbstractExpansion",
    "Inputs",
    "Lags",
    "MovingAverages",
    "OneHot",
    "RandomFourier",
]
