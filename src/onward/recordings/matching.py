"""Channels matched across sessions by the labels of their electrodes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from onward.recordings.errors import RecordingError, listed
from onward.recordings.session import Session


def matched(
    sessions: Sequence[Session],
    channels: Literal["first", "common", "union"] | Sequence[str] = "first",
) -> list[Session]:
    """Every session on the same channels in the same order; a channel that it lacks is NaN.

    Args:
        sessions: one or more.
        channels: "first": those of the first session, as a decoder that was trained on it needs
            them. "common": those that all have, in the order of the first. "union": those that
            any has, new ones behind. Or labels.

    Returns:
        A session for each. O(T channels) in time and memory.

    Raises:
        RecordingError: no session, a session that has none of the channels, or labels named
            twice.
    """
    if not sessions:
        raise RecordingError("Expected sessions to match; got none. Try one or more.")
    if channels == "common":
        rest = [set(session.channels) for session in sessions]
        wanted = tuple(name for name in sessions[0].channels if all(name in one for one in rest))
        if not wanted:
            # Two of them may still share channels: name a pair that does not, or all.
            matched(sessions, "first")
            raise RecordingError(
                f"Expected a channel that all of {listed(one.name for one in sessions)} have; "
                "got none. Try channels='first'."
            )
    elif channels == "union":
        wanted = tuple(dict.fromkeys(name for one in sessions for name in one.channels))
    else:
        wanted = sessions[0].channels if channels == "first" else tuple(channels)
    reference = sessions[0] if channels in ("first", "common", "union") else None
    return [_on(session, wanted, reference) for session in sessions]


def _on(session: Session, wanted: tuple[str, ...], reference: Session | None) -> Session:
    if session.channels == wanted:
        return session
    place = {name: column for column, name in enumerate(session.channels)}
    theirs = set(wanted if reference is None else reference.channels)
    if not theirs.intersection(session.channels):
        other = "the channels asked for" if reference is None else f"session {reference.name!r}"
        raise RecordingError(
            f"Expected a channel in session {session.name!r} that {other} has too; got "
            f"{listed(session.channels[:3])} and {listed(sorted(theirs)[:3])}. Try labels of "
            "electrodes that stay the same from session to session."
        )
    counts = np.full((len(session), len(wanted)), np.nan, np.float32)
    for column, name in enumerate(wanted):
        if name in place:
            counts[:, column] = session.counts[:, place[name]]
    return replace(session, counts=counts, channels=wanted)
