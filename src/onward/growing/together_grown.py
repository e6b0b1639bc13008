"""A mixture's own state, for more targets or classes."""

import dataclasses
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from onward.forecasters import AbstractForecaster
from onward.growing.transplant import Places, moved
from onward.mixtures.table import Around, Table


def places(table: Table, larger: Table) -> Places:
    """Where outputs come to stand, and pairs of them, of which a Markov table has contexts."""
    before, after = table.outputs, larger.outputs
    pairs = [after * one + other for one, other in product(range(before), repeat=2)]
    found = {(before, after): np.arange(before), (before**2, after**2): np.array(pairs)}
    return {} if before == after else found


def grown(table: Table, larger: Table, around: Around, fresh: Around) -> Around:
    """What is known of the outputs so far, and new ones as in a fresh state.

    A class that has never come has never come so far either: a forecaster has counted labels
    without it.

    Args:
        table: of the mixture as it was.
        larger: of the mixture from now on.
        around: the state as it was.
        fresh: of the larger one.
    """
    made = moved(around, fresh, places(table, larger))
    more = larger.outputs - table.outputs
    if not (table.classes and more):
        return made
    begun = jnp.broadcast_to(jnp.any(around.begun), made.begun.shape)
    triples = zip(table.forecasters, around.forecasters, made.forecasters, strict=True)
    forecasters = tuple(_counted(*each, more) for each in triples)
    return dataclasses.replace(made, begun=begun, forecasters=forecasters)


def _counted(forecaster: AbstractForecaster, state: Any, made: Any, more: int) -> Any:
    """With what a forecaster holds of classes that it has never met."""
    unmet = forecaster.unmet(state)
    if unmet is None:
        return made

    def widened(old: Any, new: Any, held: Any) -> Any:
        if old.shape == new.shape:
            return new
        column = np.asarray(held)[..., :1]
        return jax.device_put(np.concatenate([np.asarray(old), *more * [column]], axis=-1))

    return jax.tree.map(widened, state, made, unmet)
