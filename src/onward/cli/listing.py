"""Rows that end with a text, and stay readable on a narrow terminal."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

# A text in a narrower column is one word below the other.
NARROWEST = 36


def print_listing(console: Console, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table in which only the last column wraps; where it has no room, blocks of lines.

    Args:
        console: whose width decides.
        headers: of the columns; without any the rows speak for themselves.
        rows: plain texts, one for each column.
    """
    rows = list(rows)
    lengths = [max(map(cell_len, column)) for column in zip(headers, *rows, strict=True)]
    room = console.width - sum(length + 2 for length in lengths[:-1]) - 2
    if room >= min(NARROWEST, lengths[-1]):
        table = Table(*headers, box=None, show_header=any(headers))
        for column in table.columns[:-1]:
            column.no_wrap = True
        for row in rows:
            table.add_row(*map(Text, row))
        console.print(table)
        return
    for name, *more, text in rows:
        console.print(Text(name, style="bold"))
        between = (f"{header}: {one}" for header, one in zip(headers[1:-1], more, strict=True))
        console.print(Padding(Text("\n".join((*between, text))), (0, 0, 0, 4)))
