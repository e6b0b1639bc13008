"""Cells for the checks, as a user would make them."""

import jax

from catalogue import INPUTS, UNITS
from onward import RNN


def rnn(kind: type[RNN] = RNN) -> RNN:
    return kind(INPUTS, UNITS, key=jax.random.key(0))
