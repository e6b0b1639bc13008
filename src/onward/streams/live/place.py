"""Where a stream of lines is left, so that another process can read on from there."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from onward.streams.live.row_reader import Row, RowReader


@dataclass(frozen=True)
class Place:
    """All that the next line needs.

    Attributes:
        offset: how many bytes come before it.
        names: of the columns.
        separator: of CSV; None for JSON lines.
        first: the first row, by which the columns were understood.
        last: the rows before it that tell whether a sequence begins with it, at most two of each
            series.
    """

    offset: int
    names: tuple[str, ...]
    separator: str | None
    first: Row
    last: tuple[Row, ...]

    @staticmethod
    def of(told: Mapping[str, Any]) -> "Place":
        """The place of which `asdict` has made JSON."""
        last = tuple(tuple(row) for row in told["last"])
        names, first = tuple(told["names"]), tuple(told["first"])
        return Place(told["offset"], names, told["separator"], first, last)

    @property
    def reader(self) -> RowReader:
        """What reads the next line."""
        is_json = self.separator is None
        return RowReader(self.separator, names=self.names, lines=1, is_json=is_json)

    def told(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)
