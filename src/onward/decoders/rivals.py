"""Decoders from the literature over the same sessions, with the same labels at the same time."""

from collections.abc import Mapping, Sequence
from copy import deepcopy

import numpy as np

from onward.decoders.labels import Labels
from onward.decoders.scored import SessionScore, scored
from onward.decoding.opponents import (
    OPPONENTS,
    AbstractOnlineOpponent,
    AbstractOpponent,
    LastLabel,
    Rows,
)
from onward.decoding.scores import first_part
from onward.recordings import Session

FROZEN, RENEWED, ONLINE = "frozen", "refitted daily", "online"
# By how it adapts, and by session.
Scores = dict[str, dict[str, SessionScore]]


def rival(
    name: str,
    training: Sequence[Session],
    sessions: Sequence[Session],
    labels: Labels,
    taught: Mapping[str, np.ndarray],
) -> Scores:
    """The scores of an opponent.

    "frozen" is fitted on the training sessions; "refitted daily" on those of a session's first 80 %
    whose labels are told by then; "online" learns row by row, and in its F20 nothing behind the
    80 %. The last label alone is told all labels there too: frozen it would be a constant.

    Args:
        name: of `OPPONENTS`.
        training: sessions before.
        sessions: those that are decoded, in order.
        labels: when labels are told.
        taught: by the name of the session, the labels that the decoder was told, shape (T,
            targets).

    Raises:
        ValueError: nothing to fit on.
    """
    opponent = OPPONENTS[name]()
    opponent.fit([rows_of(one, one.targets) for one in training])
    if isinstance(opponent, AbstractOnlineOpponent):
        return {ONLINE: {one.name: _online(opponent, one, labels, taught) for one in sessions}}
    still = {one.name: opponent.predict(one.counts, one.start) for one in sessions}
    return {
        FROZEN: {one.name: scored(one, still[one.name], still[one.name]) for one in sessions},
        RENEWED: {one.name: _renewed(opponent, one, labels, taught) for one in sessions},
    }


def rows_of(session: Session, labels: np.ndarray) -> Rows:
    """A session as opponents read it, with these labels."""
    return Rows(session.counts, labels, session.start, session.scored)


def _renewed(
    opponent: AbstractOpponent, session: Session, labels: Labels, taught: Mapping[str, np.ndarray]
) -> SessionScore:
    cut = first_part(len(session))
    rows = rows_of(session, taught[session.name])
    known = Rows(rows.counts, rows.targets, rows.start, rows.scored & (labels.told(session) < cut))
    # Without a label it stays as it was after the session before.
    if known.cut(slice(cut)).learnable.any():
        opponent.renew(known.cut(slice(cut)))
    return scored(session, opponent.predict(session.counts, session.start), None)


def _online(
    opponent: AbstractOnlineOpponent,
    session: Session,
    labels: Labels,
    taught: Mapping[str, np.ndarray],
) -> SessionScore:
    rows, told = rows_of(session, taught[session.name]), labels.told(session)
    before = deepcopy(opponent)
    made = opponent.observe(rows, told)
    if isinstance(opponent, LastLabel):
        return scored(session, made, made)
    held_out = before.observe(rows, np.where(told < first_part(len(rows)), told, len(rows)))
    return scored(session, held_out, made)
