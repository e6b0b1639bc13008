"""A session under a decoder."""

from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from onward.decoders.labels import Labels
from onward.decoders.learner import late, observed
from onward.decoding.scores import first_part
from onward.learning.observation import Observation
from onward.learning.state import LearnerState
from onward.mixtures.sessions import begin_session
from onward.recordings import Session


class Passage(NamedTuple):
    """What a decoder made of a session.

    Attributes:
        state: after it.
        predictions: of each row, before its label was told, in the units of the targets, shape
            (T, targets).
        held_out: likewise, without labels from the last fifth on: what it learnt from the first
            80 % alone.
        events: of what is around the learner, shape (T, reports); 1 where it happened.
    """

    state: LearnerState
    predictions: np.ndarray
    held_out: np.ndarray
    events: np.ndarray


def passed(learner: Any, state: LearnerState, session: Session, labels: Labels) -> Passage:
    """Pass over a session from its beginning, with labels as they are told.

    The prediction of a row is made before its label, or any later one, is told. Cost: the last
    fifth is passed twice, and with labels after the trial all of it.

    Args:
        learner: a `Learner`, or what is around one.
        state: after the session before; kept.
        session: to be decoded.
        labels: when they are told.
    """
    state = begin_session(learner, state)
    seen, rows, cut = observed(session), len(session), first_part(len(session))
    told = labels.told(session)
    y = np.where((told >= rows)[:, None], np.float32(np.nan), seen.y)
    seen = late(seen._replace(y=y), labels.delay)
    after_trial = labels.timing == "after-trial"
    ends = (np.unique(told) + 1).tolist() if after_trial else [cut, rows]
    adapting, rest = [end for end in ends if end <= cut], [end for end in ends if end > cut]
    begun = adapting[-1] if adapting else 0
    state, first, events = _taken(learner, state, seen, [0, *adapting], after_trial)
    _, blind = learner.run(_copied(state), _unlabelled(_cut(seen, begun, rows)))
    state, last, later = _taken(learner, state, seen, [begun, *rest], after_trial)
    predictions = np.concatenate([*first, *last])
    held_out = np.concatenate([predictions[:cut], blind.prediction[cut - begun :]])
    return Passage(state, predictions, held_out, np.concatenate([*events, *later]))


def _taken(
    learner: Any, state: LearnerState, seen: Observation, ends: list[int], after_trial: bool
) -> tuple[LearnerState, list[np.ndarray], list[np.ndarray]]:
    """Rows from the first end to the last, with predictions and events of the pieces between."""
    made, events = [], []
    for first, end in pairwise(ends):
        piece = _cut(seen, first, end)
        predicted = None
        if after_trial and np.isfinite(piece.y).any():
            # What is predicted knows no label of the trial; then the trial is learnt.
            predicted = learner.run(_copied(state), _unlabelled(piece))[1].prediction
        state, info = learner.run(state, piece)
        made.append(info.prediction if predicted is None else predicted)
        events.append(info.diagnostics)
    return state, made, events


def _cut(seen: Observation, first: int, end: int) -> Observation:
    return jax.tree.map(lambda leaf: leaf[first:end], seen)


def _unlabelled(seen: Observation) -> Observation:
    return seen._replace(y=np.full_like(seen.y, np.nan))


@jax.jit
def _copied(state: LearnerState) -> LearnerState:
    return jax.tree.map(jnp.copy, state)
