"""From what a cell emits to what is predicted; one readout a file."""

from onward.readouts.base import AbstractReadout
from onward.readouts.linear import Linear
from onward.readouts.recursive_least_squares import RecursiveLeastSquares

__all__ = ["AbstractReadout", "Linear", "RecursiveLeastSquares"]
