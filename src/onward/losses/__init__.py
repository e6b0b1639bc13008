"""What a label costs, and how outputs become predictions; one loss a file."""

from onward.losses.absolute import Absolute
from onward.losses.base import AbstractLoss
from onward.losses.cross_entropy import CrossEntropy
from onward.losses.gaussian import Gaussian
from onward.losses.huber import Huber
from onward.losses.poisson import Poisson
from onward.losses.quantile import Quantile
from onward.losses.squared import Squared

__all__ = [
    "Absolute",
    "AbstractLoss",
    "CrossEntropy",
    "Gaussian",
    "Huber",
    "Poisson",
    "Quantile",
    "Squared",
]
