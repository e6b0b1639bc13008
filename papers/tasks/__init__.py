"""What networks are pre-trained on and adapt to."""

from papers.tasks.adding import Adding
from papers.tasks.base import AbstractTask, Phase
from papers.tasks.benchmark import Benchmark
from papers.tasks.characters import Characters
from papers.tasks.closed_loop import ClosedLoop
from papers.tasks.cortex import CortexShift
from papers.tasks.crowded_recall import CrowdedRecall
from papers.tasks.delayed_recall import DelayedRecall
from papers.tasks.lorenz import LorenzShift
from papers.tasks.mackey_glass import MackeyGlassShift
from papers.tasks.sine import SineShift

__all__ = [
    "AbstractTask",
    "Adding",
    "Benchmark",
    "Characters",
    "ClosedLoop",
    "CortexShift",
    "CrowdedRecall",
    "DelayedRecall",
    "LorenzShift",
    "MackeyGlassShift",
    "Phase",
    "SineShift",
]
