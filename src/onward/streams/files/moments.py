"""The time of rows as numbers that can be subtracted."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from onward.streams.errors import stream_error
from onward.streams.files import cells
from onward.streams.files.column import Column

if TYPE_CHECKING:
    import pyarrow as pa

UNITS = (("d", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3), ("us", 1e-6))
SPAN = "a span of time such as '15min', '24h' or '7d'"


@dataclass(frozen=True)
class Clock:
    """The column of time, timestamps or numbers.

    Attributes:
        column: the column.
    """

    column: Column

    def values(self, batch: "pa.RecordBatch") -> np.ndarray:
        """Return the times as `Chunk.time` has them: datetime64[us] or float64, shape (rows,).

        A number that is not finite is no time, and missing.
        """
        column_cells = cells.plain(batch.column(self.column.name))
        if self.column.kind == "time":
            return cells.times(column_cells, self.column.form)
        numbers = cells.numbers(column_cells)
        return np.where(np.isfinite(numbers), numbers, np.nan)

    def of(self, batch: "pa.RecordBatch") -> np.ndarray:
        """Return timestamps in s since 1970, numbers as they are; float64, NaN where missing."""
        return seconds(self.values(batch))


def seconds(time: np.ndarray) -> np.ndarray:
    """Return timestamps in s since 1970, float64, NaN where missing; numbers as they are."""
    if time.dtype.kind != "M":
        return time.astype(np.float64)
    moments = time.astype("datetime64[us]")
    return np.where(np.isnat(moments), np.nan, moments.astype(np.int64) / 1e6)


def seconds_of(span: str) -> float:
    """Return a span of time in s.

    Raises:
        StreamError: where pandas reads it as no span of time above zero.
    """
    import pandas as pd

    remedy = "a number and a unit: s, min, h or d"
    try:
        # pandas has days as D, and reads nothing else from its fourth release on.
        length = pd.Timedelta(re.sub(r"(?<![a-zA-Z])d$", "D", span.strip())).total_seconds()
    except ValueError as error:
        raise stream_error(SPAN, repr(span), remedy) from error
    # Without a unit pandas takes nanoseconds.
    if not length > 0 or not any(letter.isalpha() for letter in span):
        raise stream_error(SPAN, repr(span), remedy)
    return length


def duration(seconds: float) -> str:
    """Return a length of time in its largest unit: "1.5 h"."""
    for name, length in UNITS:
        if abs(seconds) >= length:
            return f"{seconds / length:.4g} {name}"
    return f"{seconds:.4g} s"


def moment_text(seconds: float) -> str:
    """Return a moment, in s since 1970, without the parts that are zero."""
    text = str(np.datetime64(round(seconds * 1e6), "us")).replace("T", " ")
    return text.removesuffix(".000000").removesuffix(":00").removesuffix(" 00:00")


def gap_length(gap: str, clock: Clock | None) -> float:
    """Return how far time must jump for a gap, in units of the clock.

    Arguments:
        gap: for timestamps a span of time, for numbers a number in their unit.
        clock: the time of the rows.

    Raises:
        StreamError: without a time, or for a gap that does not fit it.
    """
    if clock is None:
        remedy = "a column of timestamps, or a start column"
        raise stream_error("a time of the rows, for gaps in it", "none", remedy)
    if clock.column.kind == "time":
        # Half a microsecond more, so that rounding makes no jump of just that length a gap.
        return seconds_of(gap) + 5e-7
    try:
        length = float(gap)
    except ValueError:
        length = 0.0
    if not length > 0:
        expected = f"a gap in the unit of {clock.column.name!r}, which are numbers"
        raise stream_error(expected, repr(gap), "a number above zero")
    return length
