"""Cells that are said to stand for a missing value."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from onward.streams.files import cells

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class MissingCodes:
    """Codes for "missing": text is compared as text, and numbers are compared as numbers.

    Attributes:
        texts: the codes as they were written.
    """

    texts: tuple[str, ...] = ()

    @cached_property
    def numbers(self) -> np.ndarray:
        """Those of them that are numbers, float64."""
        return np.array([float(text) for text in self.texts if _is_number(text)])

    def without(self, column: "pa.Array") -> "pa.Array":
        """Return the cells, missing where they are a code."""
        if not self.texts:
            return column
        if not cells.is_text(column.type):
            return self.without_numbers(column) if cells.is_number(column.type) else column
        import pyarrow as pa
        from pyarrow import compute

        options = compute.SetLookupOptions(pa.array(self.texts, pa.string()))
        return _blanked(column, compute.call_function("is_in", [column], options))

    def without_numbers(self, column: "pa.Array") -> "pa.Array":
        """Return the cells of a column of numbers, which may be text, missing at any code."""
        import pyarrow as pa

        if not len(self.numbers):
            return column
        return _blanked(column, pa.array(self.are(cells.numbers(column))))

    def are(self, values: np.ndarray) -> np.ndarray:
        """Return which of the numbers are codes, bool; float32 cells equal a code rounded to it."""
        return np.isin(values, self.numbers) | np.isin(
            values, self.numbers.astype(np.float32).astype(np.float64)
        )


NO_CODES = MissingCodes()


def _blanked(column: "pa.Array", where: "pa.Array") -> "pa.Array":
    import pyarrow as pa
    from pyarrow import compute

    return compute.call_function("if_else", [where, pa.scalar(None, column.type), column])


def _is_number(text: str) -> bool:
    try:
        return not np.isnan(float(text))
    except ValueError:
        return False
