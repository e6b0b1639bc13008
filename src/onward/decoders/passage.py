"""A session under a decoder."""

from collections.abc import Callable
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

# The labels of a trial, from its rows and from what was predicted of them without labels.
Lesson = Callable[[slice, np.ndarray], np.ndarray]


class Passage(NamedTuple):
    """What a decoder made of a session.

    Attributes:
        state: after it.
        predictions: of each row, before its label was told, in the units of the targets, shape
            (T, targets).
        held_out: likewise, without labels from the last fifth on: what it learnt from the first
            80 % alone.
        labels: what was told of each row at last, shape (T, targets); NaN for nothing.
        events: of what `events_of` names, shape (T, names); 1 where it happened.
    """

    state: LearnerState
    predictions: np.ndarray
    held_out: np.ndarray
    labels: np.ndarray
    events: np.ndarray


def events_of(learner: Any) -> tuple[str, ...]:
    """What may happen at a bin: what is around the learner tells, or a sample is skipped."""
    return (*getattr(learner, "flags", ()), "skipped")


def passed(
    learner: Any, state: LearnerState, session: Session, labels: Labels | None = None
) -> Passage:
    """Pass over a session from its beginning, with labels as they are told.

    The prediction of a row is made before its label, or any later one, is told. A label that is
    told after the last row, as one of "late" may be, is not told at all. Cost: the last fifth is
    passed twice, and with labels after the trial all of it.

    Args:
        learner: a `Learner`, or what is around one.
        state: after the session before; kept.
        session: to be decoded.
        labels: when they are told; None for never.
    """
    state = begin_session(learner, state)
    seen, rows, cut = observed(session), len(session), first_part(len(session))
    told = np.full(rows, rows) if labels is None else labels.told(session)
    seen = seen._replace(y=np.where((told >= rows)[:, None], np.float32(np.nan), seen.y))
    lesson, ends, taught = None, [cut, rows], seen.y
    if labels is not None and labels.by_trial:
        lesson = lambda piece, decoded: labels.lesson(session, piece, decoded)  # noqa: E731
        ends = (np.unique(told) + 1).tolist()
    elif labels is not None:
        seen = late(seen, labels.delay)
    adapting, rest = [end for end in ends if 0 < end <= cut], [end for end in ends if end > cut]
    begun = adapting[-1] if adapting else 0
    state, early = _taken(learner, state, seen, [0, *adapting], lesson)
    _, blind = learner.run(_copied(state), _unlabelled(_cut(seen, slice(begun, rows))))
    state, later = _taken(learner, state, seen, [begun, *rest], lesson)
    made = [np.concatenate(parts) for parts in zip(*early, *later, strict=True)]
    predictions, events, lessons = made
    held_out = np.concatenate([predictions[:begun], blind.prediction])
    return Passage(state, predictions, held_out, taught if lesson is None else lessons, events)


def _taken(
    learner: Any, state: LearnerState, seen: Observation, ends: list[int], lesson: Lesson | None
) -> tuple[LearnerState, list[tuple[np.ndarray, ...]]]:
    """Rows from the first end to the last: predictions, reports and labels of each piece."""
    made = []
    for first, end in pairwise(ends):
        rows, predicted = slice(first, end), None
        piece = _cut(seen, rows)
        if lesson is not None:
            # What is predicted knows no label of the trial; then the trial is learnt.
            predicted = learner.run(_copied(state), _unlabelled(piece))[1].prediction
            piece = piece._replace(y=lesson(rows, predicted))
        state, info = learner.run(state, piece)
        predicted = info.prediction if predicted is None else predicted
        told = info.diagnostics[:, info.diagnostics.shape[1] - len(events_of(learner)) + 1 :]
        happened = np.column_stack([np.nan_to_num(told), info.skipped])
        made.append((predicted, happened, piece.y))
    return state, made


def _cut(seen: Observation, rows: slice) -> Observation:
    return jax.tree.map(lambda leaf: leaf[rows], seen)


def _unlabelled(seen: Observation) -> Observation:
    return seen._replace(y=np.full_like(seen.y, np.nan))


@jax.jit
def _copied(state: LearnerState) -> LearnerState:
    return jax.tree.map(jnp.copy, state)
