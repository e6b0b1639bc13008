"""Transformations that read outer products by their factors."""

from collections.abc import Callable
from typing import Any, NamedTuple


class FactoredTransformation(NamedTuple):
    """An optax transformation whose `update` is handed gradients that are not written out.

    A leaf of its updates is an array or an `onward.algebra.RankOne`; every leaf that it returns
    is an array. All other transformations are handed arrays alone.

    Attributes:
        init: params → state, as in optax.
        update: (updates, state, params, **extra) → (updates, state), as in optax.
    """

    init: Callable[..., Any]
    update: Callable[..., Any]
