"""The names of the columns of a text table."""

from collections import Counter
from collections.abc import Sequence

from onward.streams.errors import listed, stream_error
from onward.streams.files.dialect import NUMBER
from onward.streams.files.table import refuse_twice

NUMBERED = "column {}"


def column_names(
    rows: Sequence[Sequence[str]], header: bool, file: str
) -> tuple[tuple[str, ...], list[str]]:
    """Return a name for every column, and what is worth a note, from the first rows of a table.

    Names are trimmed. Where the first row holds no names, columns are "column 1", "column 2", ...;
    so are those whose name is empty, except the first. Rows with one cell more than the header
    begin with one without a name, as R writes them, or end in a separator.

    Raises:
        StreamError: for a header without any name, and a name that is there twice.
    """
    first, *others = rows
    if not header:
        return tuple(NUMBERED.format(number + 1) for number in range(len(first))), []
    names = [name.strip() for name in first]
    if not any(names):
        raise stream_error(
            "a file with a header", f"{file} without any", "adding a row of column names"
        )
    names = _as_wide_as(names, others)
    given = [name for name in names if name]
    are_numbers = all(NUMBER.match(name) for name in given)
    refuse_twice(given, "header=False (--no-header)" if are_numbers else "renaming the columns")
    note = "The header looks like data, as its cells are numbers: if it is, try header=False "
    return _without_gaps(names), [f"{note}(--no-header)."] if are_numbers else []


def note_on_above(above: Sequence[str]) -> list[str]:
    """What was passed over above the header, in a note; none where nothing was."""
    if not above:
        return []
    what = "1 line" if len(above) == 1 else f"{len(above)} lines"
    return [f"Passed over {what} above the header: {listed(above)}."]


def _as_wide_as(names: list[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return names
    ((width, _),) = Counter(len(row) for row in rows).most_common(1)
    if width == len(names) + 1:
        ends_empty = all(not row[-1].strip() for row in rows if len(row) == width)
        return [*names, ""] if ends_empty else ["", *names]
    spare = len(names) - width
    return names[:width] if spare > 0 and not any(names[width:]) else names


def _without_gaps(names: Sequence[str]) -> tuple[str, ...]:
    """The names, with one for each column that has none, so that all differ."""
    found: list[str] = []
    for place, name in enumerate(names):
        new = name if name or not place else NUMBERED.format(place + 1)
        while not name and new in (*names, *found) and place:
            new += "'"
        found.append(new)
    return tuple(found)
