"""One form for every complaint about a recording: what, where, what was found, what to try."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

MOST_LISTED = 12


class RecordingError(ValueError):
    """A recording that cannot be read as asked: what was expected, what was found, what to try."""


def recording_error(expected: str, field: str, file: str, got: str, remedy: str) -> RecordingError:
    """Return "Expected ... in FIELD of FILE; got ...; try ...." for the caller to raise."""
    return RecordingError(f"Expected {expected} in {field} of {file}; got {got}. Try {remedy}.")


def listed(names: Iterable[str]) -> str:
    """Return the names in quotes, the first dozen in full and the rest as a count."""
    names = list(names)
    shown = ", ".join(repr(name) for name in names[:MOST_LISTED]) or "nothing"
    hidden = len(names) - MOST_LISTED
    return f"{shown} and {hidden} more" if hidden > 0 else shown


@contextmanager
def readable(path: Path, kind: str, remedy: str) -> Iterator[None]:
    """Refuse in words whatever a reader of other people's making stumbles over.

    Raises:
        RecordingError: the block raised anything. A file that is broken, cut off or made to harm
            brings readers to raise errors of every class.
    """
    try:
        yield
    except RecordingError:
        raise
    except Exception as error:
        detail = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
        raise RecordingError(
            f"Expected {path.name} to be a readable {kind}; got: {detail}. Try {remedy}."
        ) from error
