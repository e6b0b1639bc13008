"""From what a cell emits to what is predicted; one readout a file."""

from onward.readouts.base import AbstractReadout
from onward.readouts.kernel_classifier import KernelClassifier
from onward.readouts.kernel_regressor import KernelRegressor
from onward.readouts.linear import Linear
from onward.readouts.recursive_least_squares import RecursiveLeastSquares

__all__ = [
    "AbstractReadout",
    "KernelClassifier",
    "KernelRegressor",
    "Linear",
    "RecursiveLeastSquares",
]
