"""Every name that `import onward` offers; read when the first of them is asked for."""

from importlib.metadata import version

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
    Memoryless,
    MinGRU,
    MinLSTM,
    Residual,
    SelectiveSSM,
    Stack,
    WindowedTransformer,
)
from onward.cost import Cost, MemoryBudgetError, cost
from onward.expansions import (
    AbstractExpansion,
    Lags,
    MovingAverages,
    OneHot,
    RandomFourier,
)
from onward.forecasters import (
    AbstractForecaster,
    HoltWinters,
    LastLabel,
    Markov,
    MovingAverage,
    RunningMean,
    Seasonal,
)
from onward.growing.growth import grow
from onward.intervals import AdaptiveConformal
from onward.learning.architecture import Architecture, probe
from onward.learning.assembly import input_size
from onward.learning.fleet import Fleet
from onward.learning.info import StepInfo
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.pretraining import pretrain, sequence_gradient
from onward.learning.series import Series
from onward.learning.state import Counters, LearnerFields, LearnerState, Sample
from onward.learning.xla import fast_dispatch
from onward.losses import (
    Absolute,
    AbstractLoss,
    CrossEntropy,
    Gaussian,
    Huber,
    Poisson,
    Quantile,
    Squared,
)
from onward.mixing import Mixing
from onward.mixtures.default_mixture import default_mixture
from onward.mixtures.mixture import Mixture
from onward.mixtures.series_mixture import SeriesMixture
from onward.mixtures.sessions import begin_session, transfer
from onward.optimizers import OPTIMIZERS, FactoredTransformation, JointTransformation, Optimizer
from onward.readouts import AbstractReadout, Linear, RecursiveLeastSquares
from onward.rules import (
    BPTT,
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
from onward.safety.checkpoints import Checkpoint, CheckpointStore
from onward.safety.guarded import Guarded
from onward.safety.guards import Guards
from onward.safety.log import LogError, UpdateLog, read_log
from onward.safety.replay import replay
from onward.safety.safeguarded import Safeguard, Safeguarded
from onward.scales import (
    AbstractScale,
    AdaptiveMoments,
    ExponentialMoments,
    FixedMoments,
    RunningMoments,
    SessionMoments,
    Still,
    Unscaled,
)
from onward.storing.checkpoint import describe, load, save
from onward.storing.store import CheckpointError
from onward.training.offline import Epoch, pretrain_sessions
from onward.training.segments import Segments
from onward.wrapping.conformal import Conformal, ConformalState

__version__ = version("onward")

__all__ = [
    "ALIF",
    "BPTT",
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
    "AbstractExpansion",
    "AbstractForecaster",
    "AbstractGatedCell",
    "AbstractLoss",
    "AbstractReadout",
    "AbstractRule",
    "AbstractScale",
    "AbstractUnitwiseCell",
    "AdaptiveConformal",
    "AdaptiveMoments",
    "Architecture",
    "Checkpoint",
    "CheckpointError",
    "CheckpointStore",
    "Conformal",
    "ConformalState",
    "Cost",
    "Counters",
    "CrossEntropy",
    "DeltaRule",
    "EProp",
    "EligibilityTrace",
    "Embedded",
    "Epoch",
    "ExponentialMoments",
    "FactoredTransformation",
    "FixedMoments",
    "Fleet",
    "Frozen",
    "GRUResetBefore",
    "Gaussian",
    "Guarded",
    "Guards",
    "HeadSparse",
    "HoltWinters",
    "Huber",
    "Immediate",
    "ImpossiblePairError",
    "IndRNN",
    "JointTransformation",
    "KeRNL",
    "Lags",
    "LastLabel",
    "Learner",
    "LearnerFields",
    "LearnerState",
    "Linear",
    "LinearAttention",
    "LogError",
    "Markov",
    "MemoryBudgetError",
    "Memoryless",
    "MinGRU",
    "MinLSTM",
    "Mixing",
    "Mixture",
    "MovingAverage",
    "MovingAverages",
    "Observation",
    "OneHot",
    "OptimalKronecker",
    "Optimizer",
    "Poisson",
    "Quantile",
    "RandomFourier",
    "ReadoutOnly",
    "RecursiveLeastSquares",
    "Residual",
    "RunningMean",
    "RunningMoments",
    "Safeguard",
    "Safeguarded",
    "Sample",
    "Seasonal",
    "Segments",
    "SelectiveSSM",
    "Series",
    "SeriesMixture",
    "SessionMoments",
    "Shadowed",
    "SketchedRTRL",
    "SnAp",
    "SparseRTRL",
    "Squared",
    "Stack",
    "StepInfo",
    "Still",
    "Unscaled",
    "UpdateLog",
    "WindowedTransformer",
    "__version__",
    "begin_session",
    "cost",
    "default_mixture",
    "describe",
    "fast_dispatch",
    "grow",
    "input_size",
    "load",
    "pretrain",
    "pretrain_sessions",
    "probe",
    "read_log",
    "replay",
    "save",
    "sequence_gradient",
    "transfer",
]
