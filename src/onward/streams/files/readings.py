"""The ways to read a column of text, each with what cannot be read so."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from onward.streams.files import cells
from onward.streams.files.column import Kind, Mark
from onward.streams.files.missing_codes import MissingCodes
from onward.streams.files.number_forms import PLAIN, NumberForm
from onward.streams.files.tallies import Marks

if TYPE_CHECKING:
    import pyarrow as pa

    from onward.streams.files.column_survey import ValueSurvey

MOST_STRANGERS = 20
MOST_FAULTS = 3


class Reading:
    """One way to read text.

    Arguments:
        kind: what it reads.
        read: returns the cells as numbers, NaN where one cannot be read.
        survey: learns from what was read.
        codes: numbers that stand for a missing value, and are no news.
        form: for timestamps and clocks, the form that they are read in.
        number_form: for numbers, the form that they are read in.
    """

    def __init__(
        self,
        kind: Kind,
        read: "Callable[[pa.Array], np.ndarray]",
        survey: "ValueSurvey",
        codes: MissingCodes | None = None,
        form: str | None = None,
        number_form: NumberForm = PLAIN,
    ) -> None:
        self.kind: Kind = kind
        self.survey = survey
        self.form = form
        self.number_form = number_form
        self.unread = Marks()
        self._read = read
        self._codes = codes

    def add(self, column: "pa.Array", rows: np.ndarray) -> None:
        """Read cells, none of which is missing, and the rows that they stand in."""
        import pyarrow as pa

        values = self._read(column)
        unread = np.isnan(values)
        if unread.any():
            self.unread.add(column.filter(pa.array(unread)).to_pylist(), rows[unread])
        self.add_read(values)

    def add_read(self, values: np.ndarray) -> None:
        """Add cells that were read already."""
        if self._codes is not None and len(self._codes.numbers):
            values = np.where(self._codes.are(values), np.nan, values)
        self.survey.add_values(values)

    @property
    def is_hopeless(self) -> bool:
        """Whether it reads fewer cells than it does not, of which there are many kinds."""
        many = self.unread.is_full or len(self.unread.counts) > MOST_STRANGERS
        return many and self.survey.present <= self.unread.total

    def mark_among(self, signs: Marks) -> Mark | None:
        """Return the only kind of cell that is no value, if it is a mark for a missing one.

        A sign such as "?" is one wherever it stands; a word is one if it is repeated and at
        least two different values stand beside it.
        """
        strangers = [*signs.listed(), *self.unread.listed()]
        if len(strangers) != 1 or self.unread.is_full:
            return None
        repeated = strangers[0].count > 1 and self.survey.kinds > 1
        return strangers[0] if self.unread.total == 0 or repeated else None

    def is_usual(self, signs: Marks) -> bool:
        """Whether what cannot be read is rather a fault than a value of its own.

        It is in less than half of the cells; or, for numbers, it is of two or three kinds and
        there are more kinds of numbers. Words beside "true" and "false" are values, unless there
        is only one cell of them.
        """
        strange = signs.total + self.unread.total
        if self.kind == "truth":
            return strange == 1
        kinds = len(signs.counts) + len(self.unread.counts)
        few = self.kind == "number" and kinds <= MOST_FAULTS and self.survey.kinds > kinds
        return few or self.survey.present > strange

    def first_stranger(self, signs: Marks) -> tuple[str, int] | None:
        """Return the first cell that is no value, and its row."""
        found = [first for first in (signs.first, self.unread.first) if first is not None]
        return min(found, key=lambda cell: cell[1], default=None)


def number_reader(form: NumberForm) -> "Callable[[pa.Array], np.ndarray]":
    """Return the reader of numbers of a form."""
    if form == PLAIN:
        return cells.numbers
    return lambda column: cells.numbers(form.plain(column))
