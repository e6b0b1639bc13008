"""Decoders from the literature over the same sessions, with the same labels at the same time."""

from collections.abc import Iterator, Sequence

import numpy as np

from onward.decoders.labels import Labels
from onward.decoders.scored import SessionScore, scored
from onward.decoding.opponents import OPPONENTS, AbstractOnlineOpponent, AbstractOpponent, Rows
from onward.decoding.scores import first_part
from onward.recordings import Session

# Those that learn row by row, and need no training.
FROZEN, RENEWED, ONLINE = "frozen", "refitted daily", "online"


def rows_of(session: Session) -> Rows:
    """A session as opponents read it."""
    return Rows(session.counts, session.targets, session.start, session.scored)


def rivals(
    names: Sequence[str], training: Sequence[Session], sessions: Sequence[Session], labels: Labels
) -> Iterator[tuple[str, str, Session, SessionScore]]:
    """The scores of opponents, session by session: (name, how, session, score).

    "frozen" is fitted on the training sessions; "refitted daily" on those of a session's first 80 %
    whose labels are told by then; "online" learns row by row.

    Args:
        names: of `OPPONENTS`.
        training: sessions before.
        sessions: those that are decoded, in order.
        labels: when labels are told.

    Raises:
        ValueError: an unknown name, or nothing to fit on.
    """
    unknown = sorted(set(names) - set(OPPONENTS))
    if unknown:
        raise ValueError(
            f"Expected opponents among {', '.join(OPPONENTS)}; got {', '.join(unknown)}. Try ridge."
        )
    for name in names:
        opponent = OPPONENTS[name]()
        opponent.fit([rows_of(one) for one in training])
        if isinstance(opponent, AbstractOnlineOpponent):
            for session in sessions:
                yield name, ONLINE, session, _online(opponent, session, labels)
            continue
        for session in sessions:
            made = opponent.predict(session.counts, session.start)
            yield name, FROZEN, session, scored(session, made, made)
        for session in sessions:
            yield name, RENEWED, session, _renewed(opponent, session, labels)


def _renewed(opponent: AbstractOpponent, session: Session, labels: Labels) -> SessionScore:
    cut = first_part(len(session))
    rows = rows_of(session)
    told = labels.told(session) < cut
    known = Rows(rows.counts, rows.targets, rows.start, rows.scored & told)
    if known.cut(slice(cut)).learnable.any():
        opponent.renew(known.cut(slice(cut)))
    return scored(session, opponent.predict(session.counts, session.start), None)


def _online(opponent: AbstractOnlineOpponent, session: Session, labels: Labels) -> SessionScore:
    made = opponent.observe(rows_of(session), labels.told(session))
    return scored(session, np.asarray(made), np.asarray(made))
