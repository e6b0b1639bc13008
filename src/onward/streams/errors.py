"""One form for every complaint about a stream: what was expected, what was found, what to try."""

import difflib
from collections.abc import Container, Iterable, Sequence

from onward.streams.base import StreamError

MOST_LISTED = 12


def stream_error(expected: str, got: str, remedy: str) -> StreamError:
    """Return "Expected ...; got ...; try ...." as a `StreamError`, for the caller to raise."""
    return StreamError(f"Expected {expected}; got {got}; try {remedy}.")


def listed(names: Iterable[str]) -> str:
    """Return the names in quotes, the first dozen in full and the rest as a count."""
    names = list(names)
    shown = ", ".join(repr(name) for name in names[:MOST_LISTED])
    hidden = len(names) - MOST_LISTED
    return f"{shown} and {hidden} more" if hidden > 0 else shown


def nearest(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return up to three names that look like `name`, the nearest first, whatever their case."""
    by_lower = {candidate.lower(): candidate for candidate in names}
    found = difflib.get_close_matches(name.lower(), by_lower, n=3, cutoff=0.6)
    return tuple(by_lower[lower] for lower in found)


def one_of(name: str, names: Sequence[str]) -> str:
    """Return a remedy: the near misses if there are any, then all that exist."""
    near = nearest(name, names)
    existing = f"one of {listed(names)}"
    return f"{' or '.join(map(repr, near))} ({existing})" if near else existing


def as_names(names: str | Sequence[str], role: str) -> tuple[str, ...]:
    """Return one name or several as a tuple.

    Arguments:
        names: one column name, or several.
        role: what the columns are for, as the messages say it: "target", "feature".

    Raises:
        StreamError: when there is no name, or one is given twice.
    """
    names = (names,) if isinstance(names, str) else tuple(names)
    if not names:
        raise stream_error(
            f"at least one {role} column", "an empty list", f"naming a {role} column"
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise stream_error(
            f"each {role} column once", f"{listed(twice)} twice", "removing the repetition"
        )
    return names


def split_names(names: Iterable[str], existing: Container[str]) -> tuple[str, ...]:
    """Return the names, those with commas cut into the longest ones that exist.

    A piece that does not exist is what stands between two commas.
    """
    found: list[str] = []
    for name in names:
        parts = [] if name in existing or "," not in name else name.split(",")
        found += [] if parts else [name]
        while parts:
            ends = (end for end in range(len(parts), 1, -1) if _joined(parts[:end]) in existing)
            end = next(ends, 1)
            found += [piece for piece in [_joined(parts[:end])] if piece]
            parts = parts[end:]
    return tuple(found)


def _joined(parts: Sequence[str]) -> str:
    return ",".join(parts).strip()
