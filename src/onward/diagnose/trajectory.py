"""The stretch of a stream that all diagnostics measure on."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import jax
import numpy as np

from onward._checks import check_kind
from onward.learning.learner import Learner
from onward.learning.sizes import sizeable
from onward.learning.state import LearnerState
from onward.learning.trajectory import Trajectory, pass_over


def record(learner: Learner, state: LearnerState, xs: Any, ys: Any = None) -> Trajectory:
    """Pass over a stretch as the learner would, with its weights standing still.

    Running scales and the fed-back label go on as in learning. Memory T·(2N + m).

    Args:
        learner: the learner.
        state: where it is; neither consumed nor moved.
        xs: features, shape (T, features); or an `Observation` of such arrays, and no ys.
        ys: labels in order of arrival, shape (T, targets); a label that arrives in row t belongs
            to the sample `delay` rows before.

    Raises:
        ValueError: wrong shapes, no sample with its features and its label within the stretch, or
            a state that diverges.
    """
    check_kind("learner", learner, Learner, "onward.Learner(cell)")
    learner.admit(state)
    seen = learner.observation(xs, ys, (None,))
    recorded = pass_over(learner.parts, state, seen)
    if not recorded.labelled.any():
        raise ValueError(
            "Expected a sample to learn from, with its features and a label there and usable; got "
            f"none in {len(seen.x)} rows at a delay of {learner.parts.delay}. Try a longer "
            "stretch, or one with fewer gaps."
        )
    if not all(sizeable(leaf).all() for leaf in jax.tree.leaves(recorded.states)):
        raise ValueError(
            "Expected weights under which the cell's state stays finite; got one that diverges. "
            "Try a state that has learnt at a smaller learning rate."
        )
    return recorded


def check_growing(name: str, values: Any) -> None:
    """Raise ValueError unless these are positive integers that grow."""
    counts = values if isinstance(values, Sequence) and not isinstance(values, str) else ()
    whole = all(isinstance(one, int | np.integer) and one > 0 for one in counts)
    if not (counts and whole and all(a < b for a, b in pairwise(counts))):
        raise ValueError(
            f"Expected {name} as positive integers that grow; got {values!r}. Try (1, 2, 4, 8)."
        )
