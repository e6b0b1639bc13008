"""Random members of every structure, with their dense matrices written out by slow loops."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward.algebra import (
    AbstractInfluence,
    Dense,
    Diagonal,
    Full,
    Gated,
    Local,
    RowSparse,
    Shift,
    Unitwise,
)

UNITS = 4
LAYOUTS = pytest.mark.parametrize(("slots", "axis"), [(1, 0), left(1, 1), left(2, 0), (2, 1)])
KINDS = ["dense", "diagonal", "unitwise", "shift", "gated", "sparse"]
JACOBIANS = pytest.mark.parametrize("kind", KINDS)


def jacobian(kind: str, slots: int, seed: int = 0):
    random = np.random.default_rng(seed)
    size = slots * UNITS
    normal = lambda *shape: jnp.asarray(random.normal(size=shape))  # noqa: E731
    match kind:
        case "dense":
            return Dense(normal(size, size))
        case "diagonal":
            return Diagonal(normal(slots, UNITS))
        case "unitwise":
            return Unitwise(normal(slots, slots, UNITS))
        case "shift":
            return Shift(slots, (UNITS,), np.float64)
        case "gated":
            return Gated(normal(slots, UNITS, UNITS), Unitwise(normal(slots, slots, UNITS)))
        case "sparse":
            columns = np.stack([random.permutation(size)[:3] for _ in range(size)])
            return RowSparse(jnp.asarray(columns), normal(size, 3))


def jacobian_matrix(example) -> np.ndarray:
    """The matrix of a structure entry by entry, from the meaning of its fields."""
    map_ = jax.tree.map(np.asarray, example)
    match map_:
        case Dense():
            return map_.matrix
        case Diagonal():
            return np.diag(map_.values.ravel())
        case Unitwise():
            slots, _, units = map_.blocks.shape
            matrix = np.zeros((slots * units, slots * units))
            for a in range(slots):
                for b in range(slots):
                    for i in range(units):
                        matrix[a * units + i, b * units + i] = map_.blocks[a, b, i]
        case Shift():
            matrix = np.zeros((map_.slots * UNITS, map_.slots * UNITS))
            for a in range(1, map_.slots):
                for i in range(UNITS):
                    matrix[a * UNITS + i, (a - 1) * UNITS + i] = 1
        case Gated():
            matrix = jacobian_matrix(map_.direct)
            slots, units = map_.dense.shape[:2]
            for a in range(slots):
                matrix[a * units : (a + 1) * units, :units] += map_.dense[a]
        case RowSparse():
            matrix = np.zeros((len(map_.columns),) * 2)
            for i, (columns, values) in enumerate(zip(map_.columns, map_.values, strict=True)):
                for j, value in zip(columns, values, strict=True):
                    matrix[i, j] = value
    return matrix


def parameter_shapes(axis: int) -> dict[str, tuple[int, ...]]:
    """A matrix and a vector per unit; with the units second, several of each."""
    return {"w": (UNITS, 3), "b": (UNITS,)} if axis == 0 else {"w": (2, UNITS, 3), "b": (5, UNITS)}


def local(slots: int, axis: int, seed: int = 1) -> Local:
    random = np.random.default_rng(seed)
    leaves = {
        name: jnp.asarray(random.normal(size=(slots, *shape)))
        for name, shape in parameter_shapes(axis).items()
    }
    return Local(leaves, ((axis,), (axis,)))


def full(slots: int, axis: int, seed: int = 2) -> Full:
    random = np.random.default_rng(seed)
    leaves = {
        name: jnp.asarray(random.normal(size=(slots * UNITS, *shape)))
        for name, shape in parameter_shapes(axis).items()
    }
    return Full(leaves)


def side_by_side(tree: Any, count: int) -> np.ndarray:
    """Leaves (count, *parameter) as one matrix (count, p)."""
    return np.concatenate([np.reshape(leaf, (count, -1)) for leaf in jax.tree.leaves(tree)], 1)


def flat(tree: Any) -> np.ndarray:
    """A tree of the parameters' shapes as one vector (p,)."""
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)])


def influence_matrix(influence: AbstractInfluence) -> np.ndarray:
    """The (N, p) matrix of an influence, entry by entry."""
    if isinstance(influence, Full):
        return side_by_side(influence.leaves, jax.tree.leaves(influence.leaves)[0].shape[0])
    leaves = zip(influence.axes, map(np.asarray, jax.tree.leaves(influence.leaves)), strict=True)
    return np.concatenate([local_matrix(axes, leaf) for axes, leaf in leaves], axis=1)


def local_matrix(axes: tuple[int | None, ...], leaf: np.ndarray) -> np.ndarray:
    """The (N, q) matrix of one leaf of a `Local` influence, from the meaning of its fields."""
    lacking = [axis for axis, own in enumerate(axes) if own is None]
    shape = leaf.shape[1 + len(lacking) :]
    copies = dict(zip(lacking, leaf.shape[1:], strict=False))
    grid = [copies[axis] if own is None else shape[own] for axis, own in enumerate(axes)]
    matrix = np.zeros((leaf.shape[0], *grid, *shape))
    for slot, *unit in np.ndindex(leaf.shape[0], *grid):
        for index in np.ndindex(shape):
            if all(own is None or index[own] == unit[axis] for axis, own in enumerate(axes)):
                copy = [unit[axis] for axis in lacking]
                matrix[(slot, *unit, *index)] = leaf[(slot, *copy, *index)]
    return matrix.reshape(leaf.shape[0] * math.prod(grid), -1)
