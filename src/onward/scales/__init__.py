"""Online normalisation of inputs and targets; one scale a file."""

from onward.scales.base import AbstractScale
from onward.scales.running_moments import Moments, RunningMoments
from onward.scales.unscaled import Unscaled

__all__ = ["AbstractScale", "Moments", "RunningMoments", "Unscaled"]
