"""Which axis of a cell's weights counts its inputs, found by differentiating the cell."""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward._typing import Array, PRNGKeyArray
from onward.cells import AbstractCell, Memoryless
from onward.learning.xla import compiled_quickly

# States at which a cell is looked at: a unit that is saturated at one says nothing there.
STATES = 8


def input_axes(cell: AbstractCell) -> list[int | None]:
    """For each array of the weights: the axis along which it has an entry for each input.

    Where x has one entry that is not zero, the step depends on a weight of the input only in the
    slice of that entry, and where x is zero, nowhere. Of any other weight this does not hold.

    Args:
        cell: of any kind; one that reads its input by a product with weights has such axes.

    Raises:
        ValueError: no weights have one, though the cell reads its input.
    """
    if isinstance(cell, Memoryless):
        return [None for _ in jax.tree.leaves(cell.parameters())]
    size = cell.input_size
    nothing, first, last = _reached(cell, [None, 0, size - 1])
    axes = [_axis(size, *each) for each in zip(nothing, first, last, strict=True)]
    if all(axis is None for axis in axes):
        raise ValueError(
            f"Expected a cell that reads its input by weights with an axis for it; got {cell}. "
            "Try a cell of the library, on its own or in a Stack."
        )
    return axes


def with_inputs(
    cell: AbstractCell,
    axes: list[int | None],
    size: int,
    places: np.ndarray,
    silent: np.ndarray,
    key: PRNGKeyArray,
) -> AbstractCell:
    """The cell with more inputs, whose new weights are drawn from its own of the same array.

    Args:
        cell: the smaller one.
        axes: from `input_axes`.
        size: inputs from now on.
        places: where each old input comes to stand.
        silent: inputs whose weights start at zero instead.
        key: draws.
    """
    leaves, structure = jax.tree.flatten(cell.parameters())
    random = np.random.default_rng(np.asarray(jax.random.key_data(key)))

    def grown(leaf: Array, axis: int | None) -> Array:
        if axis is None:
            return leaf
        weights = np.asarray(leaf)
        made = random.choice(weights.ravel(), (*leaf.shape[:axis], size, *leaf.shape[axis + 1 :]))
        before = (slice(None),) * axis
        made[(*before, silent)] = 0
        made[(*before, places)] = weights
        return jax.device_put(made)

    widened = jax.tree.unflatten(structure, map(grown, leaves, axes))
    reads = jax.tree.unflatten(structure, [axis is not None for axis in axes])
    return _declared(eqx.combine(widened, cell), reads, cell.input_size, size)


def _declared(module: Any, reads: Any, before: int, after: int) -> Any:
    """The module with another `input_size`, and so have the cells within that read the input."""
    if isinstance(module, tuple | list):
        pairs = zip(module, reads, strict=True)
        return type(module)(_declared(part, own, before, after) for part, own in pairs)
    reading = any(jax.tree.leaves(reads)) or isinstance(module, Memoryless)
    if not isinstance(module, eqx.Module) or not reading:
        return module
    copy = object.__new__(type(module))
    for field in dataclasses.fields(module):
        value = getattr(module, field.name)
        if field.name == "input_size" and value == before:
            value = after
        elif not field.metadata.get("static", False):
            value = _declared(value, getattr(reads, field.name), before, after)
        object.__setattr__(copy, field.name, value)
    return copy


def _reached(cell: AbstractCell, places: list[int | None]) -> Any:
    """Which weights a step moves with, where x is zero but at a place, for each array and place."""
    random = np.random.default_rng(0)

    def draw(leaf: Any, *several: int) -> np.ndarray:
        return random.normal(0, 0.5, (*several, *leaf.shape)).astype(leaf.dtype)

    states = jax.tree.map(lambda leaf: draw(leaf, STATES), jax.eval_shape(cell.init_state))
    weights = jax.tree.map(draw, cell.parameters())
    xs = np.zeros((len(places), cell.input_size), cell.dtype)
    for row, place in zip(xs, places, strict=True):
        if place is not None:
            row[place] = 1.3
    rest = eqx.filter(cell, eqx.is_inexact_array, inverse=True)

    def moved(weights: Any, x: Array) -> list[Array]:
        own = eqx.combine(weights, rest)

        def one(state: Any) -> list[Array]:
            after = own(state, x)
            return [*jax.tree.leaves(after), own.emit(after, x)]

        return [jnp.ravel(leaf) for leaf in jax.vmap(one)(states)]

    signs = list(map(draw, jax.eval_shape(moved, weights, xs[0])))

    def slopes(x: Array) -> list[Array]:
        def total(weights: Any) -> Array:
            pairs = zip(signs, moved(weights, x), strict=True)
            return jnp.sum(jnp.stack([jnp.vdot(sign, leaf) for sign, leaf in pairs]))

        return jax.tree.leaves(jax.grad(total)(weights))

    found = compiled_quickly(lambda xs: jax.lax.map(slopes, xs))(xs)
    return [[np.asarray(leaf[row]) != 0 for leaf in found] for row in range(len(places))]


def _axis(size: int, nothing: np.ndarray, first: np.ndarray, last: np.ndarray) -> int | None:
    if nothing.any() or not (first.any() and last.any()):
        return None
    for axis in reversed(range(first.ndim)):
        if first.shape[axis] != size:
            continue
        elsewhere = first.take(range(1, size), axis), last.take(range(size - 1), axis)
        if not any(each.any() for each in elsewhere):
            return axis
    return None
