"""Online normalisation of inputs and targets; one scale a file."""

from onward.scales.adaptive_moments import AdaptiveMoments
from onward.scales.base import AbstractScale
from onward.scales.exponential_moments import ExponentialMoments
from onward.scales.fixed_moments import FixedMoments
from onward.scales.moments import AbstractMoments, Moments
from onward.scales.running_moments import RunningMoments
from onward.scales.session_moments import SessionMoments
from onward.scales.still import Still
from onward.scales.unscaled import Unscaled

__all__ = [
    "AbstractMoments",
    "AbstractScale",
    "AdaptiveMoments",
    "ExponentialMoments",
    "FixedMoments",
    "Moments",
    "RunningMoments",
    "SessionMoments",
    "Still",
    "Unscaled",
]
