"""Rows that have come and wait to be taken."""

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from onward.streams.base import StreamError
from onward.streams.errors import one_of, stream_error
from onward.streams.files.masks import valid_rows
from onward.streams.files.missing_codes import MissingCodes
from onward.streams.live.pipe import Pipe
from onward.streams.live.row_reader import Row, RowReader

# Seconds after which whoever waits for rows may do something else.
PATIENCE = 0.2


class NoRowsError(StreamError):
    """An input that ends before its first row."""


class Source:
    """Rows of a pipe, less those that are not valid.

    Args:
        pipe: where they come from.
        reader: makes rows of lines.
        valid: the column that says which rows count; None for all.
        codes: cells that stand for a missing value.
        offset: how many bytes come before the first line.

    Attributes:
        taken: how many bytes there are up to the end of the last row that was taken.
    """

    def __init__(
        self,
        pipe: Pipe,
        reader: RowReader,
        valid: str | None,
        codes: MissingCodes,
        offset: int = 0,
    ):
        self._pipe, self._reader, self._valid, self._codes = pipe, reader, valid, codes
        # Each with the number of bytes up to its end.
        self._held: deque[tuple[Row, int]] = deque()
        self.taken = self._end = offset
        # Of the row after those that are held.
        self._error: StreamError | None = None
        self._seen = self._left_out = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns, once the first line has come."""
        return self._reader.names

    @property
    def ended(self) -> bool:
        """Whether no more rows will come."""
        return self._pipe.ended and not self._held and self._error is None

    @property
    def notes(self) -> list[str]:
        """What was passed over so far."""
        if not self._left_out:
            return self._reader.notes
        rows = f"{self._left_out} of {self._seen} rows"
        note = f"Left out {rows}, which {self._valid!r} does not call valid."
        return [*self._reader.notes, note]

    def first(self, stop: Callable[[], bool]) -> Row:
        """Wait for the first row; it can still be taken.

        Args:
            stop: asked while nothing comes.

        Raises:
            StreamError: there is none, or no column of that name says which rows count.
            KeyboardInterrupt: `stop` has become true.
        """
        while not self._held:
            if self._pipe.ended:
                raise NoRowsError(
                    "Expected rows on standard input; got none. Try a header and a row below it."
                )
            if stop():
                raise KeyboardInterrupt
            self._fill()
        return self._held[0][0]

    def take(self, sizes: Sequence[int]) -> list[Row]:
        """Rows that are there; none where none came within a fifth of a second.

        Args:
            sizes: how many they may be, falling; the first that are there are taken.

        Raises:
            StreamError: nobody can say whether the next row counts. Those before it have been
                taken.
        """
        if not self._held:
            self._fill()
        size = next((size for size in sizes if len(self._held) >= size), 0)
        taken = [self._held.popleft() for _ in range(size)]
        self.taken = taken[-1][1] if taken else self.taken
        return [row for row, _ in taken]

    def _fill(self) -> None:
        """Hold the rows among the lines that are there, up to the first that is refused."""
        rows: Sequence[Row] = []
        ends: list[int] = []
        for line in self._pipe.lines(PATIENCE):
            self._end += len(line) + 1
            row = self._reader.row(line)
            if row is not None and not self._error:
                rows.append(row)
                ends.append(self._end)
        try:
            counts = self._counts(rows)
        except StreamError:
            rows, counts = self._before_error(rows)
        found = zip(rows, ends[: len(rows)], counts, strict=True)
        self._held.extend((row, end) for row, end, count in found if count)
        self._seen += len(rows)
        self._left_out += len(rows) - int(np.sum(counts))
        if self._error and not self._held:
            raise self._error

    def _before_error(self, rows: Sequence[Row]) -> tuple[Sequence[Row], np.ndarray]:
        """The rows before the one that is refused, and which of them count."""
        counts: list[bool] = []
        for row in rows:
            try:
                counts += self._counts([row]).tolist()
            except StreamError as error:
                self._error = error
                break
        return rows[: len(counts)], np.array(counts, bool)

    def _counts(self, rows: Sequence[Row]) -> np.ndarray:
        """Which rows count, bool, shape (rows,)."""
        if self._valid is None or not rows:
            return np.ones(len(rows), bool)
        import pyarrow as pa

        names = self._reader.names
        if self._valid not in names:
            known = one_of(self._valid, list(names))
            raise stream_error("a valid column", repr(self._valid), known)
        place = names.index(self._valid)
        cells = self._codes.without(pa.array([row[place] for row in rows], pa.string()))
        return valid_rows(cells, self._valid)
