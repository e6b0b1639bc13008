"""Learning what a column holds, batch by batch: numbers, timestamps, or text that may be either."""

from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from onward.streams.files import cells
from onward.streams.files.column import Column
from onward.streams.files.tallies import Distinct, Order

if TYPE_CHECKING:
    import pyarrow as pa


class ColumnSurvey(Protocol):
    """Learns of a column: `add` each batch of it in turn, then ask for the `result`."""

    def add(self, column: "pa.Array", first_row: int) -> None: ...
    def result(self, name: str) -> Column: ...


class NumberSurvey:
    """Survey of numbers, or of truth values as 0 and 1."""

    def __init__(self, kind: Literal["number", "truth"] = "number") -> None:
        self._kind: Literal["number", "truth"] = kind
        self.present = 0
        self._lowest = np.inf
        self._distinct = Distinct()
        self._order = Order()

    def add(self, column: "pa.Array", first_row: int) -> None:
        self.add_values(cells.numbers(column))

    def add_values(self, values: np.ndarray) -> None:
        values = values[~np.isnan(values)]
        self.present += len(values)
        self._lowest = float(np.min(values, initial=self._lowest))
        self._distinct.add(values)
        self._order.add(values)

    def result(self, name: str) -> Column:
        return Column(
            name,
            self._kind,
            self.present,
            self._distinct.in_order(),
            lowest=self._lowest,
            backward=self._order.backward,
            repeated=self._order.repeated,
        )


class TimeSurvey:
    """Survey of timestamps, or of text read as timestamps of one form."""

    def __init__(self, form: str | None = None) -> None:
        self._form = form
        self.present = 0
        self._order = Order()

    def add(self, column: "pa.Array", first_row: int) -> None:
        moments = cells.times(column, self._form)
        moments = moments[~np.isnat(moments)]
        self.present += len(moments)
        self._order.add(moments)

    def result(self, name: str) -> Column:
        return Column(
            name,
            "time",
            self.present,
            form=self._form,
            backward=self._order.backward,
            repeated=self._order.repeated,
        )


class TextSurvey:
    """Survey of text, which is taken as what all of its cells can be read as.

    Arguments:
        may_be_numbers: whether text may stand for numbers and truth values (CSV) or only for
            timestamps (files that have types).
    """

    def __init__(self, may_be_numbers: bool) -> None:
        self._may_be_numbers = may_be_numbers
        self._present = 0
        self._distinct = Distinct()
        self._numbers = NumberSurvey()
        self._truths = NumberSurvey("truth")
        self._times: list[TimeSurvey] | None = None
        self._stray: tuple[str, int] | None = None

    def add(self, column: "pa.Array", first_row: int) -> None:
        present = column.drop_null()
        self._present += len(present)
        if not len(present):
            return
        self._distinct.add(present.unique().to_numpy(zero_copy_only=False))
        if self._may_be_numbers:
            self._add_numbers(column, first_row)
        if self._times is None:
            self._times = [TimeSurvey(form) for form in cells.time_forms(present[0].as_py())]
        for survey in self._times:
            survey.add(present, first_row)
        self._times = [survey for survey in self._times if survey.present == self._present]

    def _add_numbers(self, column: "pa.Array", first_row: int) -> None:
        held_before = self._present - len(column) + column.null_count
        if self._truths.present == held_before:
            self._truths.add_values(cells.truths(column))
        values = cells.numbers(column)
        self._numbers.add_values(values)
        if self._stray is None and self._numbers.present < self._present:
            row = int(
                np.argmax(np.isnan(values) & column.is_valid().to_numpy(zero_copy_only=False))
            )
            self._stray = (column[row].as_py(), first_row + row + 1)

    def result(self, name: str) -> Column:
        if self._numbers.present == self._present:
            return self._numbers.result(name)
        if self._truths.present == self._present:
            return self._truths.result(name)
        if self._times:
            return self._times[0].result(name)
        mostly_numbers = 2 * self._numbers.present > self._present
        return Column(
            name,
            "text",
            self._present,
            self._distinct.in_order(),
            stray=self._stray if mostly_numbers else None,
        )
