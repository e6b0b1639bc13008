"""What is taken off columns of numbers that float32 could not tell apart."""

import math

from onward.streams.files.column import Column

# How little values vary beside how far they lie from zero: float32 has seven digits.
LITTLE = 1e-3


def offset_of(column: Column) -> float:
    """Return what is taken off the values of a column before they become float32.

    It is the first of them where their range is not zero and below a thousandth of their largest
    size; else 0, as for truth values. Infinities do not count.
    """
    lowest = next((value for value, _ in column.bottom if math.isfinite(value)), 0.0)
    highest = next((value for value, _ in column.top if math.isfinite(value)), 0.0)
    is_narrow = 0 < highest - lowest < LITTLE * max(abs(lowest), abs(highest))
    return column.first if column.kind == "number" and is_narrow else 0.0
