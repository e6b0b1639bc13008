"""A tree of arrays as one vector, the names of its leaves, and how its settings are shown."""

import dataclasses
from typing import Any

import jax
from jax.flatten_util import ravel_pytree

from onward._typing import Array, Float


def flatten(tree: Any) -> Float[Array, " N"]:
    """The arrays of a tree as one vector, leaf after leaf (of a state: slot after slot)."""
    return ravel_pytree(tree)[0]


def dotted(path: Any) -> str:
    """The name of a leaf, from its path: `cell.recurrent`."""
    return jax.tree_util.keystr(path, simple=True, separator=".")


def names(tree: Any) -> list[str]:
    """The name of each leaf of a tree, in order."""
    return [dotted(path) for path, _ in jax.tree_util.tree_leaves_with_path(tree)]


def with_settings(part: Any) -> str:
    """A dataclass with all of its fields, also those at their defaults, which Equinox hides."""
    fields = (f"{field.name}={getattr(part, field.name)!r}" for field in dataclasses.fields(part))
    return f"{type(part).__name__}({', '.join(fields)})"
