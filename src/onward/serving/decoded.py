"""What is handed to a decoder, and what comes out."""

import math
from typing import Any, NamedTuple

import numpy as np


class Decoded(NamedTuple):
    """What became of a bin.

    Attributes:
        number: of the bin, counted from 0.
        stamp: as it was handed over with the bin.
        prediction: what goes out, shape (outputs,): within the limit.
        predicted: what the learner said. NaN before there was a label to tell the units.
        limited: whether these two differ.
        learnt: whether the weights moved.
        events: what happened, in words; mostly nothing.
        waited: seconds from `put` until it was made, in a `DecoderService`; else NaN.
    """

    number: int
    stamp: Any
    prediction: np.ndarray
    predicted: np.ndarray
    limited: bool
    learnt: bool
    events: tuple[str, ...]
    waited: float = math.nan


class Bin(NamedTuple):
    """A bin that waits."""

    number: int
    x: np.ndarray
    y: Any
    stamp: Any
    start: bool
    came: float


class Label(NamedTuple):
    """A label that waits, of a bin that does not."""

    number: int
    y: np.ndarray
    weight: float
