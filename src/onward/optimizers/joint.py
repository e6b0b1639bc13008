"""Transformations that look at all parts of a network at once."""

from collections.abc import Callable
from typing import Any, NamedTuple


class JointTransformation(NamedTuple):
    """An optax transformation whose `update` is handed the gradients of all parts together.

    One that measures what a step does to the output has to know the whole step. All other
    transformations are handed the cell's gradients and the readout's in turn.

    Attributes:
        init: params → state, as in optax.
        update: (updates, state, params, **extra) → (updates, state), as in optax.
    """

    init: Callable[..., Any]
    update: Callable[..., Any]
