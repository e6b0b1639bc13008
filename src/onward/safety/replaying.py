"""A log followed again from a checkpoint: the same bits, or where they part."""

from os import PathLike
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from onward.learning import arrays
from onward.learning.observation import Observation
from onward.safety.checkpoints import Checkpoint
from onward.safety.log import LogError, configuration, read_log, records
from onward.storing.notes import versions

# Samples that are compared at once.
PIECE = 1024


class Replayed(NamedTuple):
    """What a replay has found.

    Attributes:
        state: after the updates that are the same, or after the piece in which they part.
        compared: how many updates are the same.
        parted: the position of the first that is not; None if all are.
        told: the result in a sentence.
    """

    state: Any
    compared: int
    parted: int | None
    told: str


def replay(log: str | PathLike[str], checkpoint: Checkpoint, xs: Any, ys: Any = None) -> Replayed:
    """Follow a log of updates again, from a checkpoint, and compare every update bit by bit.

    Args:
        log: the file that an `UpdateLog` wrote.
        checkpoint: of a `CheckpointStore`; kept.
        xs: features of the samples from the checkpoint's position on, shape (T, features); or an
            `Observation` of such arrays, and no ys. Samples beyond the log's end are left out.
        ys: labels in order of arrival, shape (T, targets).

    Raises:
        ValueError: the checkpoint's state has been consumed; load it again.
        LogError: the file is no log, of another learner, or does not hold the update at the
            checkpoint's position.
    """
    found, (learner, state, position, *_) = read_log(log), checkpoint
    if found.header["configuration"] != configuration(learner):
        raise LogError(
            f"Expected the log of the learner in the checkpoint at {log}; got one of other "
            "settings. Try the log that was written beside it."
        )
    wanted = found.updates
    wanted = wanted[wanted["position"] >= position]
    if not len(wanted) or wanted["position"][0] != position:
        raise LogError(
            f"Expected update {position} in {log}; got none. Try a checkpoint before the log's end."
        )
    sizes = learner.features, learner.targets
    seen = arrays.observation(xs, ys, sizes, learner.dtype, (None,))
    learner.admit(state)
    # The first step consumes the state, and the checkpoint is the caller's.
    state = jax.jit(lambda kept: jax.tree.map(jnp.copy, kept))(state)
    whole = min(len(wanted), len(seen.x))
    for first in range(0, whole, PIECE):
        rows = slice(first, min(first + PIECE, whole))
        piece = Observation(*(None if part is None else part[rows] for part in seen))
        # What is around it may tell more.
        state, info, *_ = learner.run(state, piece)
        made = records(learner, position + first, info, piece, None)
        differs = made != wanted[rows]
        if differs.any():
            row = int(np.argmax(differs))
            at = position + first + row
            told = _reason(wanted[rows][row], made[row], found.header["versions"])
            return Replayed(state, first + row, at, f"Update {at} parts: {told}")
    return Replayed(state, whole, None, f"All {whole} updates have the same bits.")


def _reason(old: np.void, new: np.void, before: dict[str, str]) -> str:
    if old["sample"] != new["sample"]:
        return "the sample is another one."
    other = [
        f"{name} {before.get(name)} then and {now} now"
        for name, now in versions().items()
        if before.get(name) != now
    ]
    return "; ".join(["the sample is the same, the outcome another one", *other]) + "."
