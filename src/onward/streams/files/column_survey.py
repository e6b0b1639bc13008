"""Learning what a column holds, batch by batch: numbers, truth values or timestamps."""

from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from onward.streams.files import cells
from onward.streams.files.column import Column
from onward.streams.files.missing_codes import MissingCodes
from onward.streams.files.tallies import MOST_CLASSES, Distinct, Ends, different
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
    """Learns of values that were read already; NaN and NaT are missing."""

    present: int

    @property
    def kinds(self) -> int: ...
    def add_values(self, values: np.ndarray) -> None: ...
    def result(self) -> Column: ...


class NumberSurvey:
    """Survey of numbers, or of truth values as 0 and 1.

    Numbers that are dates (20190131), and those since 1970 in a column that is named like time,
    turn out as timestamps.
    """

    def __init__(
        self,
        name: str,
        kind: Literal["number", "truth"] = "number",
        codes: MissingCodes | None = None,
    ) -> None:
        self._name = name
        self._kind: Literal["number", "truth"] = kind
        self._codes = codes
        self.present = 0
        self._distinct = Distinct()
        self._ends = Ends()
        self._first = 0.0
        self._may_be_time = kind == "number" and named_like_time(name)
        self._dates: TimeSurvey | None = None
        self._date_form = ""

    def add(self, column: "pa.Array", first_row: int) -> None:
        values = cells.numbers(column)
        if self._codes is not None and len(self._codes.numbers):
            values = np.where(self._codes.are(values), np.nan, values)
        self.add_values(values)

    def add_values(self, values: np.ndarray) -> None:
        missing = np.isnan(values)
        if missing.any():
            values = values[~missing]
        if not len(values):
            return
        found, counts = different(values)
        if not self.present:
            self._first = float(values[0])
        if not self.present and self._kind == "number":
            self._date_form = written_form(found[0]) or ""
            self._dates = TimeSurvey(self._name) if self._date_form else None
        self.present += len(values)
        if self._distinct.is_open:
            self._distinct.add(found[: MOST_CLASSES + 1].tolist())
        self._ends.add(found, counts)
        if self._dates:
            self._dates.add_values(written_moments(values, self._date_form))
            if self._dates.present < self.present:
                self._dates = None

    @property
    def kinds(self) -> int:
        """How many different values there are, 101 for more than 100."""
        return self._distinct.count

    def result(self) -> Column:
        if self._dates:
            return self._dates.result(self._date_form)
        bottom, top = self._ends.bottom, self._ends.top
        form = epoch_form(bottom[0][0], top[0][0]) if self._may_be_time and bottom else None
        return Column(
            self._name,
            "time" if form else self._kind,
            self.present,
            None if form else self._distinct.in_order(),
            form=form,
            first=self._first,
            lowest=bottom[0][0] if bottom else np.inf,
            bottom=bottom,
            top=top,
        )


class TimeSurvey:
    """Survey of timestamps."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.present = 0
        self._first: np.ndarray | None = None
        self._varies = False
        self._at_midnight = True

    def add(self, column: "pa.Array", first_row: int) -> None:
        self.add_values(cells.times(column, None))

    def add_values(self, values: np.ndarray) -> None:
        there = ~np.isnat(values)
        values = values[there]
        if not len(values):
            return
        self._first = values[:1] if self._first is None else self._first
        self._varies = self._varies or bool(np.any(values != self._first))
        self.present += len(values)
        if self._at_midnight:
            self._at_midnight = bool(np.all(values == values.astype("datetime64[D]")))

    @property
    def kinds(self) -> int:
        """At least how many different values there are: none, one or two."""
        return min(self.present, 1) + self._varies

    def result(self, form: str | None = None) -> Column:
        return Column(
            self._name,
            "time",
            self.present,
            form=form,
            at_midnight=self._at_midnight,
        )


class ClockSurvey:
    """Survey of times of day."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.present = 0
        self._distinct = Distinct()

    def add_values(self, values: np.ndarray) -> None:
        values = values[~np.isnat(values)]
        self.present += len(values)
        self._distinct.add(np.unique(values.astype(np.int64)).tolist())

    @property
    def kinds(self) -> int:
        """How many different values there are, 101 for more than 100."""
        return self._distinct.count

    def result(self) -> Column:
        return Column(self._name, "clock", self.present)
