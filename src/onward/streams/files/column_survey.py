"""Learning what a column holds, batch by batch: numbers, truth values or timestamps."""

from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from onward.streams.files import cells
from onward.streams.files.codes import Codes
from onward.streams.files.column import Column
from onward.streams.files.steps import Clockwork
from onward.streams.files.tallies import (
    MOST_CLASSES,
    Distinct,
    Ends,
    Order,
    different,
)
from onward.streams.files.time_numbers import (
    epoch_form,
    named_like_time,
    written_form,
    written_moments,
)

if TYPE_CHECKING:
    import pyarrow as pa


class ColumnSurvey(Protocol):
    """Learns of a column: `add` each batch of it in turn, then ask for the `result`."""

    def add(self, column: "pa.Array", first_row: int) -> None: ...
    def result(self) -> Column: ...


class ValueSurvey(Protocol):
    """Learns of values that were read already, with their rows; NaN and NaT are missing."""

    present: int

    @property
    def kinds(self) -> int: ...
    def add_values(self, values: np.ndarray, rows: np.ndarray) -> None: ...
    def result(self) -> Column: ...


class NumberSurvey:
    """Survey of numbers, or of truth values as 0 and 1.

    Numbers that are dates (20190131), and those since 1970 in a column that is named like time,
    turn out as timestamps.
    """

    def __init__(
        self, name: str, kind: Literal["number", "truth"] = "number", codes: Codes | None = None
    ) -> None:
        self._name = name
        self._kind: Literal["number", "truth"] = kind
        self._codes = codes
        self.present = 0
        self._distinct = Distinct()
        self._ends = Ends()
        self._order = Order()
        self._steps = Clockwork() if kind == "number" and named_like_time(name) else None
        self._dates: TimeSurvey | None = None
        self._date_form = ""

    def add(self, column: "pa.Array", first_row: int) -> None:
        values = cells.numbers(column)
        if self._codes is not None and len(self._codes.numbers):
            values = np.where(self._codes.are(values), np.nan, values)
        self.add_values(values, first_row + 1 + np.arange(len(values)))

    def add_values(self, values: np.ndarray, rows: np.ndarray) -> None:
        missing = np.isnan(values)
        if missing.any():
            values, rows = values[~missing], rows[~missing]
        if not len(values):
            return
        found, counts = different(values)
        if not self.present and self._kind == "number":
            self._date_form = written_form(found[0]) or ""
            self._dates = TimeSurvey(self._name) if self._date_form else None
        self.present += len(values)
        if self._distinct.is_open:
            self._distinct.add(found[: MOST_CLASSES + 1].tolist())
        self._ends.add(found, counts)
        self._order.add(values)
        if self._steps:
            self._steps.add(values, rows)
        if self._dates:
            self._dates.add_values(written_moments(values, self._date_form), rows)
            if self._dates.present < self.present:
                self._dates = None

    @property
    def kinds(self) -> int:
        """How many different values there are, 101 for more than 100."""
        return self._distinct.count

    def result(self) -> Column:
        if self._dates:
            return self._dates.result(self._date_form)
        bottom, top, order = self._ends.bottom, self._ends.top, self._order
        form = epoch_form(bottom[0][0], top[0][0]) if self._steps and bottom else None
        return Column(
            self._name,
            "time" if form else self._kind,
            self.present,
            None if form else self._distinct.in_order(),
            form=form,
            lowest=bottom[0][0] if bottom else np.inf,
            bottom=bottom,
            top=top,
            forward=order.forward,
            backward=order.backward,
            repeated=order.repeated,
            steps=self._steps and self._steps.found(form),
        )


class TimeSurvey:
    """Survey of timestamps."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.present = 0
        self._order = Order()
        self._steps = Clockwork()
        self._at_midnight = True

    def add(self, column: "pa.Array", first_row: int) -> None:
        moments = cells.times(column, None)
        self.add_values(moments, first_row + 1 + np.arange(len(moments)))

    def add_values(self, values: np.ndarray, rows: np.ndarray) -> None:
        there = ~np.isnat(values)
        values, rows = values[there], rows[there]
        self.present += len(values)
        self._order.add(values)
        self._steps.add(values, rows)
        if self._at_midnight:
            self._at_midnight = bool(np.all(values == values.astype("datetime64[D]")))

    @property
    def kinds(self) -> int:
        """At least how many different values there are: none, one or two."""
        return min(self.present, 1) + (self._order.forward + self._order.backward > 0)

    def result(self, form: str | None = None) -> Column:
        return Column(
            self._name,
            "time",
            self.present,
            form=form,
            forward=self._order.forward,
            backward=self._order.backward,
            repeated=self._order.repeated,
            steps=self._steps.found(),
            at_midnight=self._at_midnight,
        )


class ClockSurvey:
    """Survey of times of day."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.present = 0
        self._distinct = Distinct()

    def add_values(self, values: np.ndarray, rows: np.ndarray) -> None:
        values = values[~np.isnat(values)]
        self.present += len(values)
        self._distinct.add(np.unique(values.astype(np.int64)).tolist())

    @property
    def kinds(self) -> int:
        """How many different values there are, 101 for more than 100."""
        return self._distinct.count

    def result(self) -> Column:
        return Column(self._name, "clock", self.present)
