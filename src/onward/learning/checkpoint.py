"""Checkpoints: arrays in one safetensors file, everything else as JSON in its header."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from onward._files import written_whole
from onward._trees import dotted
from onward.learning.state import LearnerState


class CheckpointError(ValueError):
    """A checkpoint that cannot be read, or that belongs to something else."""


def save(path: Path, arrays: Mapping[str, np.ndarray], note: Mapping[str, Any]) -> None:
    """Write arrays and a JSON note, so that a killed process leaves the old file or the new one.

    Args:
        path: the file.
        arrays: by name.
        note: anything that JSON can hold.
    """
    from safetensors.numpy import save_file

    whole = {name: array.copy(order="C") for name, array in arrays.items()}
    with written_whole(path) as draft:
        save_file(whole, draft, metadata={"note": json.dumps(dict(note), sort_keys=True)})


def load(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what `save` wrote.

    Raises:
        CheckpointError: there is no such file, or it is not a checkpoint.
    """
    from safetensors import SafetensorError, safe_open

    if not path.exists():
        raise CheckpointError(f"Expected a checkpoint at {path}; got no file. Try another folder.")
    try:
        with safe_open(path, framework="numpy") as file:
            note = json.loads((file.metadata() or {})["note"])
            return {name: file.get_tensor(name) for name in file.keys()}, note  # noqa: SIM118
    except (SafetensorError, KeyError, ValueError) as error:
        raise CheckpointError(
            f"Expected a checkpoint at {path}; got a file that cannot be read ({error}). "
            "Try starting anew in another folder."
        ) from error


def flatten_state(state: LearnerState) -> dict[str, np.ndarray]:
    """A learner's state as arrays by dotted path."""
    paths, _ = jax.tree_util.tree_flatten_with_path(state.fields)
    return {dotted(path): np.asarray(leaf) for path, leaf in paths}


def restore_state(like: LearnerState, arrays: Mapping[str, np.ndarray]) -> LearnerState:
    """The inverse of `flatten_state`.

    Args:
        like: a state of the same learner (from `init`), for its structure.
        arrays: by dotted path; others among them are ignored.

    Raises:
        CheckpointError: an array is absent, or of another shape or dtype.
    """
    paths, tree = jax.tree_util.tree_flatten_with_path(like.fields)
    leaves = []
    for path, leaf in paths:
        name = dotted(path)
        found = arrays.get(name)
        if found is None or found.shape != leaf.shape or found.dtype != leaf.dtype:
            what = "nothing" if found is None else f"{found.dtype} of shape {found.shape}"
            raise CheckpointError(
                f"Expected {name} as {leaf.dtype} of shape {leaf.shape} in the checkpoint; got "
                f"{what}. Try a learner with the settings that the checkpoint was made with."
            )
        leaves.append(jax.numpy.asarray(found))
    return LearnerState(jax.tree.unflatten(tree, leaves))
