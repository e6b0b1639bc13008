"""The rows that tell whether a sequence begins with the next one."""

from collections.abc import Sequence

import numpy as np

from onward.streams.base import Chunk
from onward.streams.files.starts import Begin
from onward.streams.live.row_reader import Row


class LastRows:
    """The last row of each series, and the last one with a time before it.

    Args:
        begin: what begins a sequence; where nothing does, no row is kept.
    """

    def __init__(self, begin: Begin):
        self._begin = begin
        self._kept: dict[int, tuple[Row, ...]] = {}

    @property
    def rows(self) -> tuple[Row, ...]:
        """Those of a series in their order."""
        return tuple(row for rows in self._kept.values() for row in rows)

    def add(self, rows: Sequence[Row], chunk: Chunk) -> None:
        """Take in the next rows.

        Args:
            rows: as they came.
            chunk: what was made of them.
        """
        if not self._begin:
            return
        codes = np.zeros(len(rows), int) if chunk.series is None else chunk.series
        time = np.zeros(len(rows)) if chunk.time is None else chunk.time
        known = ~(np.isnat(time) if time.dtype.kind == "M" else np.isnan(time))
        for row, code, timed in zip(rows, codes.tolist(), known.tolist(), strict=True):
            before = () if timed else self._kept.get(code, ())[:1]
            self._kept[code] = (*before, row)
