"""What is known of a column of a file after one pass."""

import math
from dataclasses import dataclass
from typing import Literal

from onward.streams.files.number_forms import PLAIN, NumberForm

Kind = Literal["number", "truth", "time", "clock", "text", "unsupported"]
Counted = tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class Mark:
    """A word or sign that was taken for a missing value, or could be.

    Attributes:
        text: as it stands in the file.
        count: in how many rows.
    """

    text: str
    count: int


@dataclass(frozen=True)
class Column:
    """What the first pass learned of a column.

    Attributes:
        name: its name.
        kind: what its cells are; a column without a single value counts as numbers. A "clock" is
            a time of day without a date.
        present: number of cells that hold something.
        distinct: the distinct values in order (numbers or text); None where there are too many
            to be classes, and for timestamps.
        appeared: for text, the distinct values in the order in which they first appear.
        form: for timestamps written as text or numbers, and clocks, the form of all of them.
        twin: for text that could be dates in two ways, the form that was not taken.
        number_form: for numbers written as text, their form.
        missing: for what was recognised in text, the words and signs that are missing values.
        mark: the one sign or word that stood among values and was taken for missing.
        words: for text, the words that are values here and mean "missing" elsewhere.
        otherwise: the column as text, where a word was taken for missing.
        stray: for text that is mostly numbers, truth values or timestamps, the first cell that is
            none, and its row, from 1.
        stray_file: the file of that row, where there are several.
        stray_from: what most cells of such text are.
        odd: for text with numbers in it, the first cell that is none.
        first: for numbers, the first value.
        lowest: for numbers, the lowest; infinity where there is none.
        bottom: for numbers, the three lowest values and how often each occurs.
        top: for numbers, the three highest, the highest first.
        at_midnight: for timestamps, whether all are dates.
        type_name: for unsupported columns, the type in words.
        parents: the columns of the file that this one is made from; none for a column of the file.
        value: for the indicator of a value of its parent, that value.
    """

    name: str
    kind: Kind
    present: int = 0
    distinct: tuple[float, ...] | tuple[str, ...] | None = None
    appeared: tuple[str, ...] = ()
    form: str | None = None
    twin: str | None = None
    number_form: NumberForm = PLAIN
    missing: tuple[str, ...] = ()
    mark: Mark | None = None
    words: tuple[Mark, ...] = ()
    otherwise: "Column | None" = None
    stray: tuple[str, int] | None = None
    stray_file: str = ""
    stray_from: Kind = "number"
    odd: str = ""
    first: float = 0.0
    lowest: float = math.inf
    bottom: Counted = ()
    top: Counted = ()
    at_midnight: bool = False
    type_name: str = ""
    parents: tuple["Column", ...] = ()
    value: str = ""

    @property
    def is_numeric(self) -> bool:
        """Whether the cells are numbers, or truth values, which count as 0 and 1."""
        return self.kind in ("number", "truth")

    @property
    def stray_place(self) -> str:
        """Where the stray cell is, in words."""
        assert self.stray is not None
        file = f" of the file {self.stray_file!r}" if self.stray_file else ""
        return f"row {self.stray[1]}{file}"

    @property
    def is_constant(self) -> bool:
        """Whether there is at most one value."""
        return self.distinct is not None and len(self.distinct) <= 1
