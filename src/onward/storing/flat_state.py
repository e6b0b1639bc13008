"""A learner's state as a flat dictionary of arrays, and back."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from onward._trees import dotted
from onward.learning.state import LearnerState
from onward.storing.store import CheckpointError

WAY_OUT = "Try a learner with the settings that the checkpoint was made with."


def flatten_state(state: LearnerState) -> dict[str, np.ndarray]:
    """A learner's state as arrays by dotted path; a typed key as its data."""
    paths, _ = jax.tree_util.tree_flatten_with_path(state.fields)
    return {
        dotted(path): np.asarray(jax.random.key_data(leaf) if _is_key(leaf) else leaf)
        for path, leaf in paths
    }


def restore_state(like: LearnerState, arrays: Mapping[str, np.ndarray]) -> LearnerState:
    """The inverse of `flatten_state`.

    Args:
        like: a state of the same learner, or the shapes of one, for its structure.
        arrays: by dotted path.

    Raises:
        CheckpointError: an array is absent, of another shape or dtype, or one too many.
    """
    paths, tree = jax.tree_util.tree_flatten_with_path(like.fields)
    leaves = [_restored(dotted(path), leaf, arrays) for path, leaf in paths]
    others = sorted(set(arrays) - {dotted(path) for path, _ in paths})
    if others:
        raise CheckpointError(
            f"Expected no arrays in the checkpoint but those of this learner; got {others[0]}. "
            f"{WAY_OUT}"
        )
    return LearnerState(jax.tree.unflatten(tree, leaves))


def _restored(name: str, like: Any, arrays: Mapping[str, np.ndarray]) -> jax.Array:
    raw = jax.eval_shape(jax.random.key_data, like) if _is_key(like) else like
    found = arrays.get(name)
    if found is None or found.shape != raw.shape or found.dtype != raw.dtype:
        what = "nothing" if found is None else f"{found.dtype} of shape {found.shape}"
        raise CheckpointError(
            f"Expected {name} as {raw.dtype} of shape {raw.shape} in the checkpoint; got "
            f"{what}. {WAY_OUT}"
        )
    # Not `jnp.asarray`, which compiles a copy for every shape.
    array = jax.device_put(found)
    return jax.random.wrap_key_data(array) if _is_key(like) else array


def _is_key(leaf: Any) -> bool:
    return jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
