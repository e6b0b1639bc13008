"""Recurrent cells, one a file. `AbstractCell` holds the recipe for a new one."""

from onward.cells.base import AbstractCell
from onward.cells.delta_rule import DeltaRule
from onward.cells.elementwise import AbstractElementwiseCell
from onward.cells.gated import AbstractGatedCell
from onward.cells.gru import GRU
from onward.cells.linear_attention import LinearAttention
from onward.cells.lru import LRU
from onward.cells.lstm import LSTM
from onward.cells.mlstm import MLSTM
from onward.cells.rnn import RNN
from onward.cells.rwkv import RWKV
from onward.cells.selective_ssm import SelectiveSSM

__all__ = [
    "GRU",
    "LRU",
    "LSTM",
    "MLSTM",
    "RNN",
    "RWKV",
    "AbstractCell",
    "AbstractElementwiseCell",
    "AbstractGatedCell",
    "DeltaRule",
    "LinearAttention",
    "SelectiveSSM",
]
