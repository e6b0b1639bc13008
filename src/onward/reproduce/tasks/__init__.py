"""What networks are pre-trained on and adapt to."""

from onward.reproduce.tasks.adding import Adding
from onward.reproduce.tasks.base import AbstractTask, Phase
from onward.reproduce.tasks.benchmark import Benchmark
from onward.reproduce.tasks.characters import Characters
from onward.reproduce.tasks.closed_loop import ClosedLoop
from onward.reproduce.tasks.cortex import CortexShift
from onward.reproduce.tasks.delayed_recall import DelayedRecall
from onward.reproduce.tasks.lorenz import LorenzShift
from onward.reproduce.tasks.mackey_glass import MackeyGlassShift
from onward.reproduce.tasks.sine import SineShift

__all__ = [
    "AbstractTask",
    "Adding",
    "Benchmark",
    "Characters",
    "ClosedLoop",
    "CortexShift",
    "DelayedRecall",
    "LorenzShift",
    "MackeyGlassShift",
    "Phase",
    "SineShift",
]
