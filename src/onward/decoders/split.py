"""Which sessions train a decoder and which are decoded, refused in words where they do not fit."""

from collections.abc import Sequence

from onward.decoders.config import DecodeConfig
from onward.recordings import RecordingError, Session, matched


def split(sessions: Sequence[Session], config: DecodeConfig) -> tuple[list[Session], list[Session]]:
    """The sessions that train, and those that are decoded, on the channels of the first.

    Args:
        sessions: in order of time.
        config: what is asked for.

    Raises:
        RecordingError: no session is left to decode, two are called alike, they have no channel in
            common, none that trains has a label, or labels cannot be told as asked.
    """
    if len(sessions) <= config.train:
        raise RecordingError(
            f"Expected more sessions than the {config.train} that train; got {len(sessions)}. Try "
            f"{'--train 1, or ' if config.train > 1 else ''}more files."
        )
    names = [one.name for one in sessions]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RecordingError(
            f"Expected sessions of different names; got {twice[0]!r} twice. Try renaming a file."
        )
    sessions = matched(sessions)
    training, following = sessions[: config.train], sessions[config.train :]
    if not any(one.scored.any() for one in training):
        raise RecordingError(
            "Expected labels in the sessions that train; got none in "
            f"{', '.join(one.name for one in training)}. Try another target, or other files."
        )
    for one in following:
        config.labels.check(one)
    return training, following
