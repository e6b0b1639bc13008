"""Recurrent cells, one a file. `AbstractCell` holds the recipe for a new one."""

from onward.cells.base import AbstractCell
from onward.cells.gated import AbstractGatedCell
from onward.cells.gru import GRU
from onward.cells.lru import LRU
from onward.cells.lstm import LSTM
from onward.cells.rnn import RNN

__all__ = ["GRU", "LRU", "LSTM", "RNN", "AbstractCell", "AbstractGatedCell"]
