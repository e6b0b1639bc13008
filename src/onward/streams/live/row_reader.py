"""Lines of CSV or JSON as rows of cells."""

import csv
import json
import math
from dataclasses import dataclass
from typing import Any

from onward.streams.base import StreamError
from onward.streams.files.header import column_names

SEPARATORS = (",", ";", "\t", "|")
Row = tuple[str | None, ...]


class _BadLineError(ValueError):
    """A line that is no row, and why."""


@dataclass
class RowReader:
    """Reads one row a line. What is none is counted and passed over.

    A first line that begins with "{" tells of JSON lines; anything else is a header of CSV. Cells
    are text without the spaces around it, None where they are empty.

    Attributes:
        separator: of CSV; None finds it out from the header.
        header: whether the first line of CSV holds the names.
        names: of the columns, once the first line is known.
        lines: how many have been read.
        bad: how many of them were no rows.
        first_bad: the number of the first of these, from 1, and what is wrong with it.
        is_json: whether they are JSON, once the first line is known.
    """

    separator: str | None = None
    header: bool = True
    names: tuple[str, ...] = ()
    lines: int = 0
    bad: int = 0
    first_bad: tuple[int, str] | None = None
    is_json: bool = False

    @property
    def kind(self) -> str:
        return "JSON lines" if self.is_json else "CSV"

    @property
    def notes(self) -> list[str]:
        """What was passed over, in a sentence; nothing where nothing was."""
        if self.first_bad is None:
            return []
        number, reason = self.first_bad
        lines = "1 line that is no row" if self.bad == 1 else f"{self.bad} lines that are no rows"
        return [f"Passed over {lines}; the first is line {number}: {reason}."]

    def row(self, line: bytes) -> Row | None:
        """The cells of a line, in the order of the names; None for the header, an empty line, and
        one that is no row.

        Raises:
            StreamError: for a header with no names, or with one of them twice.
        """
        self.lines += 1
        try:
            text = line.decode("utf-8-sig" if self.lines == 1 else "utf-8").rstrip("\r")
            if not text.strip() and len(self.names) != 1:
                return None
            if not self.names and not self._begin(text):
                return None
            return self._json(text) if self.is_json else self._csv(text)
        except StreamError:
            raise
        # Errors of UTF-8, JSON and CSV, the depth of recursion among them.
        except (ValueError, csv.Error, RecursionError) as error:
            self.bad += 1
            self.first_bad = self.first_bad or (self.lines, str(error))
            return None

    def _begin(self, text: str) -> bool:
        """Learn the names; return whether the line is a row too."""
        if text.lstrip().startswith("{"):
            names = tuple(_object(text))
            self.is_json, self.names = True, names
            return True
        if self.separator is None:
            self.separator = max(SEPARATORS, key=text.count)
        cells = next(csv.reader([text], delimiter=self.separator))
        self.names, _ = column_names([cells], self.header, "standard input")
        return not self.header

    def _csv(self, text: str) -> Row:
        assert self.separator is not None
        cells = next(csv.reader([text], delimiter=self.separator, strict=True), []) or [""]
        if len(cells) != len(self.names):
            raise _BadLineError(f"{len(cells)} cells for {len(self.names)} columns")
        return tuple(cell.strip() or None for cell in cells)

    def _json(self, text: str) -> Row:
        found = _object(text)
        return tuple(_cell(found.get(name)) for name in self.names)


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise _BadLineError(f"a {type(found).__name__} in place of an object")
    return found


def _cell(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, dict | list):
        raise _BadLineError(f"a {type(value).__name__} as a cell")
    if isinstance(value, bool):
        return str(value).lower()
    return (value.strip() or None) if isinstance(value, str) else repr(value)
