"""How a text table is laid out: separator, decimal mark, header. Found out from its beginning."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from onward.streams.files.options import SEPARATORS, ReadOptions, can_separate

NUMBER = re.compile(r"\s*[+-]?[0-9.,]*[0-9][0-9.,]*(?:[eE][+-]?[0-9]+)?\s*$")
POINT = re.compile(r"\s*[+-]?[0-9]*\.[0-9]+\s*$")
COMMA = re.compile(r"\s*[+-]?[0-9]*,[0-9]+\s*$")
# "1,234" and "1.234" can as well be parted thousands.
PARTED = re.compile(r"\s*[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}\s*$")
# As Excel says it.
SAID = re.compile(r"sep=(.)[ \t]*(?:\r\n|\r|\n)")
LINE_END = re.compile(r"\r\n|\r|\n")
EMPTY_LINES = re.compile(r"(?:[ \t]*(?:\r\n|\r|\n))+")
# How much is looked at.
MOST_ROWS, MOST_CELLS, LEAST_ROWS = 500, 5000, 10
Row = list[str]


@dataclass(frozen=True)
class Dialect:
    """The layout of a text table.

    Attributes:
        separator: between the cells.
        decimal: the decimal mark.
        skipped: lines before the header.
        above: those rows among them that hold something.
        rows: the first rows, the header too, as text.
    """

    separator: str
    decimal: str
    skipped: int
    above: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def dialect_of(text: str, is_whole: bool, options: ReadOptions, usual: str) -> Dialect:
    """Return the layout of a table.

    Arguments:
        text: its beginning.
        is_whole: whether that is all of it; else its last row may be cut and is not looked at.
        options: what is said of it.
        usual: the separator that its name tells.
    """
    blank = EMPTY_LINES.match(text)
    skipped = len(LINE_END.findall(blank.group())) if blank else 0
    body = text[blank.end() :] if blank else text
    said = SAID.match(body)
    said = said if said and can_separate(said[1]) else None
    body = body[said.end() :] if said else body
    separator = options.separator or (said and said[1])
    if separator is None:
        tried = [usual, *(other for other in SEPARATORS if other != usual)]
        separator = max(tried, key=lambda one: _merit(_rows(body, one, is_whole)))
    rows = _rows(body, separator, is_whole)
    count = rows_above(rows) if options.header else 0
    skipped += bool(said) + (_lines_above(body, separator, count) if count else 0)
    above, rows = tuple(map(separator.join, rows[:count])), rows[count:]
    decimal = options.decimal or _decimal(rows, separator)
    return Dialect(separator, decimal, skipped, above, tuple(map(tuple, rows)))


def rows_above(rows: Sequence[Sequence[str]]) -> int:
    """Return how many of the first rows are no part of a table: a title, or remarks.

    They have one cell that holds something, where most rows have more; or they begin with "#" and
    have not as many as most rows. What follows them has as many, and no number among them.
    """
    if not rows:
        return 0
    width = max(Counter(map(_width, rows)).items(), key=lambda pair: pair[1])[0]
    above = 0
    while above < len(rows) and _is_above(rows[above], width):
        above += 1
    follows = rows[above] if above < len(rows) else ()
    is_header = _width(follows) >= width and not any(map(NUMBER.match, follows))
    return above if is_header else 0


def _is_above(row: Sequence[str], width: int) -> bool:
    is_remark = row[0].lstrip().startswith("#") and _width(row) != width
    return is_remark or _width(row) <= 1 < width


def _width(row: Sequence[str]) -> int:
    """The cells of a row up to the last one that holds something."""
    return max((place + 1 for place, cell in enumerate(row) if cell.strip()), default=0)


def _reader(text: str, separator: str) -> Any:
    # Without the newlines as they are, a line that ends as on old Macs would be no line.
    lines = io.StringIO(text, newline="")
    return csv.reader(lines, delimiter=separator, skipinitialspace=True)


def _lines_above(text: str, separator: str, rows: int) -> int:
    """The lines of a text before a row, of those that hold something."""
    reader, lines = _reader(text, separator), 0
    for row in reader:
        if row and not rows:
            break
        rows, lines = rows - bool(row), reader.line_num
    return lines


def _rows(text: str, separator: str, is_whole: bool) -> list[Row]:
    found = []
    for row in _reader(text, separator):
        if row:
            found.append(row)
        enough = len(found) > LEAST_ROWS and len(found) * len(found[0]) > MOST_CELLS
        if enough or len(found) > MOST_ROWS:
            return found
    return found if is_whole or len(found) < 2 else found[:-1]


def _merit(rows: list[Row]) -> tuple[float, float, int]:
    """How well a separator parts rows: as many cells in each, numbers, many cells."""
    rows = rows[rows_above(rows) :]
    if not rows or len(rows[0]) < 2:
        return (0.0, 0.0, 0)
    (_, most), *_ = Counter(len(row) for row in rows).most_common(1)
    cells = [cell for row in rows[1:] for cell in row if cell.strip()]
    numbers = sum(NUMBER.match(cell) is not None for cell in cells) / max(len(cells), 1)
    return (round(most / len(rows), 1), round(numbers, 1), len(rows[0]))


def _decimal(rows: list[Row], separator: str) -> str:
    cells = [cell for row in rows for cell in row]
    points = sum(POINT.match(cell) is not None and not PARTED.match(cell) for cell in cells)
    all_commas = [cell for cell in cells if COMMA.match(cell)]
    commas = sum(not PARTED.match(cell) for cell in all_commas)
    if commas == points:
        # Where a semicolon parts the columns, a comma parts no thousands.
        return "," if all_commas and separator == ";" else "."
    return "," if commas > points else "."
