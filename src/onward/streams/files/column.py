"""What is known of a column of a file after one pass."""

import math
from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "truth", "time", "text", "unsupported"]


@dataclass(frozen=True)
class Column:
    """What the first pass learned of a column.

    Attributes:
        name: its name.
        kind: what its cells are; a column without a single value counts as numbers.
        present: number of cells that hold something.
        distinct: the distinct values in order (numbers or text); None where there are too many
            to be classes, and for timestamps.
        form: for timestamps written as text, the format that all of them have.
        stray: for text that is mostly numbers, the first cell that is not a number, and its row,
            from 1.
        lowest: for numbers, the lowest; infinity where there is none.
        backward: for numbers and timestamps, rows that are smaller than the row before.
        repeated: for numbers and timestamps, rows that equal the row before.
        type_name: for unsupported columns, the type in words.
    """

    name: str
    kind: Kind
    present: int = 0
    distinct: tuple[float, ...] | tuple[str, ...] | None = None
    form: str | None = None
    stray: tuple[str, int] | None = None
    lowest: float = math.inf
    backward: int = 0
    repeated: int = 0
    type_name: str = ""

    @property
    def is_numeric(self) -> bool:
        """Whether the cells are numbers, or truth values, which count as 0 and 1."""
        return self.kind in ("number", "truth")

    @property
    def is_constant(self) -> bool:
        """Whether there is at most one value."""
        return self.distinct is not None and len(self.distinct) <= 1
