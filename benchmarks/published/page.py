"""The page of the documentation, made of the rows."""

from collections.abc import Iterable, Mapping, Sequence

from figures import Row

COLUMNS = ("task", "method", "form", "published", "ours", "± seeds", "difference", "")


def markdown(parts: Mapping[str, Sequence[Row]]) -> str:
    """The page."""
    rows = [row for found in parts.values() for row in found]
    return "\n".join(_table(rows))+"\n"

def _table(rows):
    lines=[COLUMNS, ("---",)*len(COLUMNS), *((row.task, *row.cells()) for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]
