"""Onward: recurrent networks that learn online, one sample at a time, forward in time."""

from importlib.metadata import version

import jax

from onward.cells import (
    ALIF,
    CTRNN,
    GRU,
    LRU,
    LSTM,
    MGU,
    MLSTM,
    RNN,
    RTU,
    RWKV,
    S5,
    SLSTM,
    AbstractCell,
    AbstractElementwiseCell,
    AbstractGatedCell,
    AbstractUnitwiseCell,
    DeltaRule,
    Embedded,
    GRUResetBefore,
    IndRNN,
    LinearAttention,
    MinGRU,
    MinLSTM,
    Residual,
    SelectiveSSM,
    Stack,
    WindowedTransformer,
)
from onward.cost import Cost, MemoryBudgetError, cost
from onward.learning.architecture import Architecture, probe
from onward.learning.checkpoint import describe, load, save
from onward.learning.fleet import Fleet
from onward.learning.info import StepInfo
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.pretraining import pretrain, sequence_gradient
from onward.learning.state import Counters, LearnerFields, LearnerState, Sample
from onward.learning.store import CheckpointError
from onward.losses import Absolute, AbstractLoss, CrossEntropy, Huber, Poisson, Squared
from onward.optimizers import OPTIMIZERS, FactoredTransformation, Optimizer
from onward.readouts import AbstractReadout, Linear, RecursiveLeastSquares
from onward.rules import (
    DNI,
    KFRTRL,
    RFLO,
    RTRL,
    TBPTT,
    UORO,
    AbstractRule,
    EligibilityTrace,
    EProp,
    Frozen,
    HeadSparse,
    Immediate,
    ImpossiblePairError,
    KeRNL,
    OptimalKronecker,
    ReadoutOnly,
    Shadowed,
    SketchedRTRL,
    SnAp,
    SparseRTRL,
)
from onward.scales import AbstractScale, ExponentialMoments, FixedMoments, RunningMoments, Unscaled

__version__ = version("onward")

# Each step waits for the one before, so that there is nothing to overlap: handing a step to XLA's
# thread and waiting for it takes longer than the step. This concerns JAX's CPU client alone, and
# has no effect where that was started before this import.
jax.config.update("jax_cpu_enable_async_dispatch", False)

__all__ = [
    "ALIF",
    "CTRNN",
    "DNI",
    "GRU",
    "KFRTRL",
    "LRU",
    "LSTM",
    "MGU",
    "MLSTM",
    "OPTIMIZERS",
    "RFLO",
    "RNN",
    "RTRL",
    "RTU",
    "RWKV",
    "S5",
    "SLSTM",
    "TBPTT",
    "UORO",
    "Absolute",
    "AbstractCell",
    "AbstractElementwiseCell",
    "AbstractGatedCell",
    "AbstractLoss",
    "AbstractReadout",
    "AbstractRule",
    "AbstractScale",
    "AbstractUnitwiseCell",
    "Architecture",
    "CheckpointError",
    "Cost",
    "Counters",
    "CrossEntropy",
    "DeltaRule",
    "EProp",
    "EligibilityTrace",
    "Embedded",
    "ExponentialMoments",
    "FactoredTransformation",
    "FixedMoments",
    "Fleet",
    "Frozen",
    "GRUResetBefore",
    "HeadSparse",
    "Huber",
    "Immediate",
    "ImpossiblePairError",
    "IndRNN",
    "KeRNL",
    "Learner",
    "LearnerFields",
    "LearnerState",
    "Linear",
    "LinearAttention",
    "MemoryBudgetError",
    "MinGRU",
    "MinLSTM",
    "Observation",
    "OptimalKronecker",
    "Optimizer",
    "Poisson",
    "ReadoutOnly",
    "RecursiveLeastSquares",
    "Residual",
    "RunningMoments",
    "Sample",
    "SelectiveSSM",
    "Shadowed",
    "SketchedRTRL",
    "SnAp",
    "SparseRTRL",
    "Squared",
    "Stack",
    "StepInfo",
    "Unscaled",
    "WindowedTransformer",
    "__version__",
    "cost",
    "describe",
    "load",
    "pretrain",
    "probe",
    "save",
    "sequence_gradient",
]
