"""Onward: recurrent networks that learn online, one sample at a time, forward in time."""

from importlib.metadata import version

import jax

from onward.architecture import Architecture, probe
from onward.cells import GRU, LRU, LSTM, RNN, AbstractCell, AbstractGatedCell
from onward.learner import Learner
from onward.losses import Absolute, AbstractLoss, CrossEntropy, Huber, Poisson, Squared
from onward.memory import MemoryBudgetError
from onward.optimizers import OPTIMIZERS, Optimizer
from onward.readout import Linear
from onward.rules import (
    KFRTRL,
    RTRL,
    TBPTT,
    UORO,
    AbstractRule,
    EligibilityTrace,
    Frozen,
    Immediate,
    ImpossiblePairError,
    OptimalKronecker,
    ReadoutOnly,
    SketchedRTRL,
    SparseRTRL,
)
from onward.scaling import AbstractScale, RunningMoments, Unscaled
from onward.state import Counters, LearnerFields, LearnerState, Sample, StepInfo

__version__ = version("onward")

# Each step waits for the one before, so that there is nothing to overlap: handing a step to XLA's
# thread and waiting for it takes longer than the step. This concerns JAX's CPU client alone, and
# has no effect where that was started before this import.
jax.config.update("jax_cpu_enable_async_dispatch", False)

__all__ = [
    "GRU",
    "KFRTRL",
    "LRU",
    "LSTM",
    "OPTIMIZERS",
    "RNN",
    "RTRL",
    "TBPTT",
    "UORO",
    "Absolute",
    "AbstractCell",
    "AbstractGatedCell",
    "AbstractLoss",
    "AbstractRule",
    "AbstractScale",
    "Architecture",
    "Counters",
    "CrossEntropy",
    "EligibilityTrace",
    "Frozen",
    "Huber",
    "Immediate",
    "ImpossiblePairError",
    "Learner",
    "LearnerFields",
    "LearnerState",
    "Linear",
    "MemoryBudgetError",
    "OptimalKronecker",
    "Optimizer",
    "Poisson",
    "ReadoutOnly",
    "RunningMoments",
    "Sample",
    "SketchedRTRL",
    "SparseRTRL",
    "Squared",
    "StepInfo",
    "Unscaled",
    "__version__",
    "probe",
]
