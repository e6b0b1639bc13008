"""What networks are pre-trained on and adapt to."""

from onward.reproduce.tasks.base import AbstractTask, Phase
from onward.reproduce.tasks.cortex import CortexShift
from onward.reproduce.tasks.sine import SineShift

__all__ = ["AbstractTask", "CortexShift", "Phase", "SineShift"]
