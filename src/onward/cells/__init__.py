"""Recurrent cells, one a file. `AbstractCell` holds the recipe for a new one."""

from onward.cells.alif import ALIF
from onward.cells.base import AbstractCell
from onward.cells.ctrnn import CTRNN
from onward.cells.delta_rule import DeltaRule
from onward.cells.elementwise import AbstractElementwiseCell
from onward.cells.embedded import Embedded
from onward.cells.gated import AbstractGatedCell
from onward.cells.gru import GRU
from onward.cells.gru_reset_before import GRUResetBefore
from onward.cells.indrnn import IndRNN
from onward.cells.linear_attention import LinearAttention
from onward.cells.lru import LRU
from onward.cells.lstm import LSTM
from onward.cells.memoryless import Memoryless
from onward.cells.mgu import MGU
from onward.cells.mingru import MinGRU
from onward.cells.minlstm import MinLSTM
from onward.cells.mlstm import MLSTM
from onward.cells.residual import Residual
from onward.cells.rnn import RNN
from onward.cells.rtu import RTU
from onward.cells.rwkv import RWKV
from onward.cells.s5 import S5
from onward.cells.selective_ssm import SelectiveSSM
from onward.cells.slstm import SLSTM
from onward.cells.stack import Stack
from onward.cells.unitwise import AbstractUnitwiseCell
from onward.cells.windowed_transformer import WindowedTransformer

__all__ = [
    "ALIF",
    "CTRNN",
    "GRU",
    "LRU",
    "LSTM",
    "MGU",
    "MLSTM",
    "RNN",
    "RTU",
    "RWKV",
    "S5",
    "SLSTM",
    "AbstractCell",
    "AbstractElementwiseCell",
    "AbstractGatedCell",
    "AbstractUnitwiseCell",
    "DeltaRule",
    "Embedded",
    "GRUResetBefore",
    "IndRNN",
    "LinearAttention",
    "Memoryless",
    "MinGRU",
    "MinLSTM",
    "Residual",
    "SelectiveSSM",
    "Stack",
    "WindowedTransformer",
]
