"""Rows that come one by one as a table, and values of columns that nobody could know before."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onward.streams.files.codes import Codes
from onward.streams.files.wrapped import WrappedTable
from onward.streams.live.row_reader import Row

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class LiveTable:
    """Rows that are handed over, each batch once.

    Attributes:
        names: of its columns.
        rows: batches of rows that have come and are to be read next.
    """

    names: tuple[str, ...]
    rows: "deque[Sequence[Row]]" = field(default_factory=deque)
    decimal: str = "."
    kind: str = "standard input"
    cells_are_text: bool = True
    breaks: tuple[str, ...] = ()
    sessions: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def unsupported(self) -> Mapping[str, str]:
        return {}

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        return {}

    def batches(self, names: Sequence[str], start: int) -> Iterator["pa.RecordBatch"]:
        """Yield what is there; more may be there when the next one is asked for."""
        import pyarrow as pa

        places = [self.names.index(name) for name in names]
        while self.rows:
            rows = self.rows.popleft()
            cells = [pa.array([row[place] for row in rows], pa.string()) for place in places]
            yield pa.RecordBatch.from_arrays(cells, names=list(names))


@dataclass(frozen=True)
class Learning(WrappedTable):
    """A table whose rows give codes to values as they come.

    Attributes:
        codes: of the columns whose values are told apart.
    """

    codes: tuple[Codes, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return self.table.names

    def batches(self, names: Sequence[str], start: int) -> Iterator["pa.RecordBatch"]:
        """Yield the batches of the table, each once its values have codes."""
        for batch in self.table.batches(names, start):
            for codes in self.codes:
                codes.learn(batch)
            yield batch
