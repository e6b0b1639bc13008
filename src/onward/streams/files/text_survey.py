"""Learning what a column of text holds: it is taken as what all of its cells can be read as."""

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from onward.streams.files import cells
from onward.streams.files.column import Column, Mark
from onward.streams.files.column_survey import ClockSurvey, NumberSurvey, TimeSurvey
from onward.streams.files.missing_codes import NO_CODES, MissingCodes
from onward.streams.files.number_forms import PLAIN, NumberForm, guess_form
from onward.streams.files.readings import Reading, number_reader
from onward.streams.files.tallies import MOST_CLASSES, Distinct, Marks
from onward.streams.files.time_forms import are_twins, clock_forms, moment_forms

if TYPE_CHECKING:
    import pyarrow as pa

# These are no words of anyone's data.
NEVER_DATA = ("nan", "-nan", "<na>", "nat")
# A cell without any letter, digit or sign of infinity.
SIGN = r"^[^\pL\pN∞]+$"
LOOKED_AT = 500
FIRST_CELLS = 3


@dataclass(frozen=True)
class TextHints:
    """What helps to read text.

    Attributes:
        may_be_numbers: whether text may stand for numbers and truth values (CSV) or only for
            timestamps (files that have types).
        decimal: the decimal mark of the file.
        decimal_is_given: whether it was said.
        codes: cells that stand for a missing value.
    """

    may_be_numbers: bool = True
    decimal: str = "."
    decimal_is_given: bool = False
    codes: MissingCodes = NO_CODES


class TextSurvey:
    """Survey of text, in constant memory.

    How it may be read is decided by the first batch that holds something; what then cannot be
    read so is either one repeated mark, which is a missing value, or makes the column text.
    """

    def __init__(self, name: str, hints: TextHints) -> None:
        self._name = name
        self._hints = hints
        self._present = 0
        self._distinct = Distinct()
        self._words = Marks()
        self._signs = Marks()
        self._readings: list[Reading] | None = None
        self._odd = ""

    def add(self, column: "pa.Array", first_row: int) -> None:
        import pyarrow as pa

        rows = first_row + 1 + np.arange(len(column))
        if column.null_count:
            rows = rows[column.is_valid().to_numpy(zero_copy_only=False)]
            column = column.drop_null()
        if not len(column):
            return
        self._present += len(column)
        # Numbers differ mostly, and then a few rows tell that there are too many values.
        for piece in (column[: 2 * MOST_CLASSES], column):
            if self._distinct.is_open:
                self._distinct.add(piece.unique()[: MOST_CLASSES + 1].to_pylist())
        if self._add_clean(column):
            return
        odd = pa.array(self._set_aside(column, rows))
        rest = column.filter(odd)
        if not len(rest):
            return
        if self._readings is None:
            self._readings = self._candidates(rest)
        for reading in self._readings:
            reading.add(rest, rows[odd.to_numpy(zero_copy_only=False)])
        self._prune()

    def _add_clean(self, column: "pa.Array") -> bool:
        """Whether nothing but plain numbers stands in a batch, as in all before; they are added."""
        import pyarrow as pa

        plain = self._hints.may_be_numbers and self._hints.decimal == "."
        known = self._readings
        if not plain or (known is not None and [r.number_form for r in known] != [PLAIN]):
            return False
        if known and known[0].kind != "number":
            return False
        try:
            values = cells.all_numbers(column)
        except pa.ArrowInvalid:
            return False
        if np.isnan(values).any():
            return False
        if known is None:
            known = self._readings = [self._numbers(PLAIN)]
        known[0].add_read(values)
        return True

    def _set_aside(self, column: "pa.Array", rows: np.ndarray) -> np.ndarray:
        """Count the words and signs that may mean "missing"; return where other cells are."""
        import pyarrow as pa

        words = cells.mean_missing(column)
        signs = cells.matches(column, SIGN).to_numpy(zero_copy_only=False)
        for where, marks in ((words, self._words), (signs, self._signs)):
            if where.any():
                marks.add(column.filter(pa.array(where)).to_pylist(), rows[where])
        return ~(words | signs)

    def _candidates(self, column: "pa.Array") -> list[Reading]:
        texts = column.unique()[:LOOKED_AT].to_pylist()
        found = []
        if self._hints.may_be_numbers:
            hints = self._hints
            form = guess_form(texts, hints.decimal, hints.decimal_is_given)
            if form and form.decimal != hints.decimal and hints.decimal == ",":
                # 18.30 beside numbers with decimal commas is a time of day, if all cells are.
                found += self._clocks(texts)
            found.append(self._numbers(form or PLAIN))
            if not np.isnan(cells.truths(column)).all():
                found.append(Reading("truth", cells.truths, NumberSurvey(self._name, "truth")))
        day_first = self._hints.decimal == ","
        first = texts[:FIRST_CELLS]
        for form in dict.fromkeys(f for text in first for f in moment_forms(text, day_first)):
            read = partial(cells.times, form=form)
            found.append(Reading("time", read, TimeSurvey(self._name), form=form))
        if not any(reading.kind == "clock" for reading in found):
            found += self._clocks(texts)
        return found

    def _clocks(self, texts: list[str]) -> list[Reading]:
        forms = dict.fromkeys(form for text in texts[:FIRST_CELLS] for form in clock_forms(text))
        return [
            Reading("clock", partial(cells.clocks, form=form), ClockSurvey(self._name), form=form)
            for form in forms
        ]

    def _numbers(self, form: NumberForm) -> Reading:
        read, survey = number_reader(form), NumberSurvey(self._name)
        return Reading("number", read, survey, self._hints.codes, number_form=form)

    def _prune(self) -> None:
        """Give up the readings that fail, and timestamps in a form where another is whole."""
        assert self._readings is not None
        for reading in self._readings:
            if reading.kind == "number" and reading.survey.present and reading.unread.first:
                self._odd = self._odd or reading.unread.first[0]
        whole = any(r.kind == "time" and not r.unread.total for r in self._readings)
        self._readings = [
            reading
            for reading in self._readings
            if not reading.is_hopeless
            and not (whole and reading.kind == "time" and reading.unread.total)
        ]

    def result(self) -> Column:
        if self._readings is None and len(self._signs.counts) < 2:
            # Without a single value: numbers, of which all are missing.
            missing = tuple(mark.text for mark in self._marks_of_missing())
            return Column(self._name, "number", distinct=(), missing=missing)
        readings = self._readings or []
        for reading in readings:
            if not reading.survey.present:
                continue
            mark = reading.mark_among(self._signs)
            if mark or not (self._signs.total + reading.unread.total):
                return self._read_by(reading, mark)
        return self._as_text(readings)

    def _read_by(self, reading: Reading, mark: Mark | None) -> Column:
        found = reading.survey.result()
        twins = [r.form for r in self._readings or () if reading.form and r.form]
        twin = next((form for form in twins if are_twins(form, reading.form or "")), None)
        return replace(
            found,
            form=reading.form or found.form,
            twin=twin,
            number_form=reading.number_form,
            missing=tuple(one.text for one in self._marks_of_missing(mark)),
            mark=mark,
            otherwise=self._as_text([]) if mark and reading.unread.total else None,
        )

    def _marks_of_missing(self, mark: Mark | None = None) -> tuple[Mark, ...]:
        return (*self._words.listed(), *self._signs.listed(), *([mark] if mark else []))

    def _as_text(self, readings: list[Reading]) -> Column:
        never = {m.text: m.count for m in self._words.listed() if m.text.lower() in NEVER_DATA}
        # Of several signs, such as + and -, none is there for a missing value.
        signs = self._signs.listed() if len(self._signs.counts) == 1 else ()
        doubtful = (*self._words.listed(), *signs)
        distinct = self._distinct.in_order()
        kept = None if distinct is None else tuple(text for text in distinct if text not in never)
        appeared = [text for text in self._distinct.as_appeared() if text not in never]
        most = max(readings, key=lambda reading: reading.survey.present, default=None)
        is_stray = most is not None and most.is_usual(self._signs)
        return Column(
            self._name,
            "text",
            self._present - sum(never.values()),
            kept,
            appeared=tuple(appeared),
            missing=tuple(never),
            words=tuple(m for m in doubtful if m.text not in never),
            stray=most.first_stranger(self._signs) if most and is_stray else None,
            stray_from=most.kind if most else "number",
            odd=self._odd,
        )
