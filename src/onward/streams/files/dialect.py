"""How a text table is laid out: separator, decimal mark, header. Found out from its beginning."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from onward.streams.files.options import SEPARATORS, ReadOptions

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
        skipped: lines before the header, which hold nothing.
        rows: the first rows, the header too, as text.
    """

    separator: str
    decimal: str
    skipped: int
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
    body = body[said.end() :] if said else body
    separator = options.separator or (said and said[1])
    if separator is None:
        tried = [usual, *(other for other in SEPARATORS if other != usual)]
        separator = max(tried, key=lambda one: _merit(_rows(body, one, is_whole)))
    rows = _rows(body, separator, is_whole)
    decimal = options.decimal or _decimal(rows, separator)
    return Dialect(separator, decimal, skipped + bool(said), tuple(map(tuple, rows)))


def _rows(text: str, separator: str, is_whole: bool) -> list[Row]:
    found = []
    for row in csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True):
        if row:
            found.append(row)
        enough = len(found) > LEAST_ROWS and len(found) * len(found[0]) > MOST_CELLS
        if enough or len(found) > MOST_ROWS:
            return found
    return found if is_whole or len(found) < 2 else found[:-1]


def _merit(rows: list[Row]) -> tuple[float, float, int]:
    """How well a separator parts rows: as many cells in each, numbers, many cells."""
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
