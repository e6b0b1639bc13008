"""Parts of the predictions, as rows or as means of rows, packed into text."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from onward.report.predictions import Columns, column_names
from onward.report.table import LEARNER

# With more classes, the probability of the true one is not read.
MOST_CLASSES = 40
# Of an interval, as its columns are called.
ENDS = ("low", "high")


class Reader(Protocol):
    """What a part is made from: columns by name become lines of values for each target."""

    @property
    def lines(self) -> Sequence[Mapping[str, Any]]:
        """How each line is named and drawn."""
        ...

    @property
    def targets(self) -> int:
        """How many targets have lines."""
        ...

    def values(self, columns: Columns) -> np.ndarray:
        """Shape (targets, lines, rows)."""
        ...

    def classes(self, columns: Columns) -> np.ndarray | None:
        """Codes of the true and of the predicted class, shape (rows, 2), if there are any."""
        ...


class TargetReader:
    """Of every target the truth, the prediction, and the ends of its interval if there are any."""

    def __init__(self, path: Path, targets: Sequence[str]):
        lines = [
            ("true", {"name": "true", "role": "ink", "width": 4, "alpha": 0.3}),
            (LEARNER, {"name": "predicted", "role": "learner", "width": 1.5, "alpha": 1}),
        ]
        # Drawn without the spread of what a mean is of: they tell of a spread themselves.
        end = {"role": "learner", "width": 1, "alpha": 0.45, "bare": True}
        lines += [(f"{LEARNER} {one}", {"name": f"interval, {one}", **end}) for one in ENDS]
        found = set(column_names(path))
        lines = [one for one in lines if all(f"{one[0]}:{t}" in found for t in targets)]
        self.lines = tuple(line for _, line in lines)
        self.pairs = [[f"{key}:{target}" for key, _ in lines] for target in targets]
        self.columns = [name for pair in self.pairs for name in pair]
        self.targets = len(self.pairs)

    def values(self, columns: Columns) -> np.ndarray:
        """Shape (targets, lines, rows)."""
        return np.array([[columns[name] for name in pair] for pair in self.pairs], np.float64)

    def classes(self, columns: Columns) -> np.ndarray | None:
        return None


class ClassReader:
    """The probability that the learner gave to the true class; or whether it was right."""

    targets = 1

    def __init__(self, path: Path, metrics: Mapping[str, Any]):
        self.names: list[str] = metrics["stream"]["class_names"]
        found = {f"{LEARNER}:p({name})" for name in self.names} & set(column_names(path))
        self.told = len(found) == len(self.names) <= MOST_CLASSES
        self.columns = ["true", LEARNER, *(found if self.told else ())]
        name = "probability of the true class" if self.told else "right (1) or wrong (0)"
        self.lines = ({"name": name, "role": "learner", "width": 1.2, "alpha": 1},)

    def values(self, columns: Columns) -> np.ndarray:
        """Shape (1, 1, rows)."""
        true, predicted = self.classes(columns).T
        chosen = np.where(predicted < 0, np.nan, true == predicted).astype(np.float64)
        if self.told:
            chosen = np.full(len(true), np.nan)
            for code, name in enumerate(self.names):
                chosen[true == code] = columns[f"{LEARNER}:p({name})"][true == code]
        return np.where(true < 0, np.nan, chosen)[None, None]

    def classes(self, columns: Columns) -> np.ndarray:
        """Codes of the true and of the predicted class, shape (rows, 2), -1 for none."""
        import pandas

        named = [pandas.Categorical(columns[key], self.names).codes for key in ("true", LEARNER)]
        return np.stack(named, axis=1).astype(np.int16)


class Part:
    """Consecutive rows, or means of `step` rows with the smallest and the largest value."""

    def __init__(self, start: int, stop: int, step: int, reader: Reader):
        self.start, self.step, self.reader, self.dates = start, step, reader, False
        self.stop, self.count = stop, -(-(stop - start) // step)
        shape = (reader.targets, len(reader.lines), self.count)
        self.sums, self.counts = np.zeros(shape), np.zeros(shape, np.int64)
        self.low, self.high = np.full(shape, np.nan), np.full(shape, np.nan)
        self.time: np.ndarray | None = None
        self.classes: np.ndarray | None = None

    def add(self, start: int, columns: Columns) -> None:
        """Take what lies in this part of a batch whose first row is `start`."""
        first = max(self.start - start, 0)
        rows = slice(first, max(self.stop - start, first))
        columns = {name: column[rows] for name, column in columns.items()}
        places = (
            start + first - self.start + np.arange(len(next(iter(columns.values()))))
        ) // self.step
        if not len(places):
            return
        values = self.reader.values(columns)
        valid = np.isfinite(values)
        for line in np.ndindex(values.shape[:2]):
            at, new = places[valid[line]], values[line][valid[line]]
            self.counts[line] += np.bincount(at, minlength=self.count)
            self.sums[line] += np.bincount(at, new, minlength=self.count)
            np.fmin.at(self.low[line], at, new)
            np.fmax.at(self.high[line], at, new)
        self._add_labels(places, columns)

    def _add_labels(self, places: np.ndarray, columns: Columns) -> None:
        if "time" in columns:
            time = columns["time"]
            self.dates = np.issubdtype(time.dtype, np.datetime64)
            seconds = time.astype("datetime64[ms]").astype(np.float64) if self.dates else time
            self.time = np.full(self.count, np.nan) if self.time is None else self.time
            # The first of several rows is written last.
            self.time[places[::-1]] = seconds[::-1]
        codes = self.reader.classes(columns) if self.step == 1 else None
        if codes is not None:
            self.classes = (
                np.full((self.count, 2), -1, np.int16) if self.classes is None else self.classes
            )
            self.classes[places] = codes

    def packed(self) -> dict[str, Any]:
        """For JSON: arrays as text."""
        mean = np.where(self.counts > 0, self.sums / np.maximum(self.counts, 1), np.nan)
        held = (mean,) if self.step == 1 else (mean, self.low, self.high)
        return {
            "start": self.start,
            "step": self.step,
            "count": self.count,
            "time": None if self.time is None else _text(self.time, np.float64),
            "classes": None if self.classes is None else _text(self.classes, np.int16),
            "targets": [
                [
                    [_text(array[target, line], np.float32) for array in held]
                    for line in range(lines)
                ]
                for target, lines in enumerate([mean.shape[1]] * mean.shape[0])
            ],
        }


def _text(values: np.ndarray, dtype: Any) -> str:
    little = np.dtype(dtype).newbyteorder("<")
    with np.errstate(over="ignore"):
        return b64encode(np.ascontiguousarray(values, little).tobytes()).decode()
