"""What every recording becomes: counts and labels in bins of one width."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from numbers import Real
from typing import Any

import numpy as np

from onward.recordings.errors import RecordingError, listed, recording_error


@dataclass(frozen=True, eq=False)
class Session:
    """One recording: spike counts of channels, and the labels at the end of each bin.

    Row k holds the spikes of bin k, which ends at the moment of row k's labels, so that a
    prediction from rows 0 to k uses nothing that came after. The arrays are read-only; use
    `dataclasses.replace` for another version.

    Attributes:
        name: of the file, without its ending.
        counts: spikes in the bin, float32, shape (T, channels). NaN where a channel is masked or
            missing in that bin.
        targets: labels at the end of the bin, float32, shape (T, targets). NaN where there is
            none.
        channels: the electrodes' labels, each once.
        target_names: such as ("velocity x", "velocity y").
        bin_s: seconds of a bin.
        start: bool, shape (T,): a trial begins or a gap has passed, so recurrent state and lags
            begin afresh. The first row is always one.
        scored: bool, shape (T,): rows that may be learnt from and are scored. A row in which a
            label is missing is never one.
        began: when the recording began, for the order of sessions.
        trial: number of the trial, int64, shape (T,), -1 outside of trials; None where there are
            none.
        unit: of the targets, as the file states it, such as "mm/s"; None where it does not.
        position: of the cursor at the end of the bin, float32, shape (T, axes); None where it was
            not asked for.
        goal: where the user was to bring it, likewise; NaN where there was no goal.

    Raises:
        RecordingError: a field of another shape, kind or range; it names session and field.
    """

    name: str
    counts: np.ndarray
    targets: np.ndarray
    channels: tuple[str, ...]
    target_names: tuple[str, ...]
    bin_s: float
    start: np.ndarray
    scored: np.ndarray
    began: datetime | None = None
    trial: np.ndarray | None = None
    unit: str | None = None
    position: np.ndarray | None = None
    goal: np.ndarray | None = None

    def __post_init__(self) -> None:
        counts = self._numbers("counts", self.counts, "spikes, rows by channels", None)
        if np.any(counts < 0) or np.isinf(counts).any():
            raise self._error("counts >= 0", "counts", "negative or infinite ones", "NaN there")
        targets = self._numbers("targets", self.targets, "labels, rows by targets", len(counts))
        if np.isinf(targets).any():
            raise self._error("finite labels or NaN", "targets", "infinite ones", "NaN there")
        channels = self._names("channels", self.channels, counts.shape[1])
        target_names = self._names("target_names", self.target_names, targets.shape[1])
        if not (isinstance(self.bin_s, Real) and 0 < self.bin_s < np.inf):
            raise self._error("seconds > 0", "bin_s", repr(self.bin_s), "bin_s=0.05")
        start = self._rows("start", self.start, np.bool_).copy()
        start[:1] = True
        scored = self._rows("scored", self.scored, np.bool_) & ~np.isnan(targets).any(axis=1)
        found: dict[str, Any] = {"counts": counts, "targets": targets, "start": start}
        found |= {"scored": scored, "channels": channels, "target_names": target_names}
        if self.trial is not None:
            found["trial"] = self._rows("trial", self.trial, np.int64)
        found |= self._places(len(counts))
        for field, value in found.items():
            if isinstance(value, np.ndarray):
                value = value.view()
                value.flags.writeable = False
            object.__setattr__(self, field, value)

    def __len__(self) -> int:
        return len(self.counts)

    def __repr__(self) -> str:
        return (
            f"Session({self.name!r}, {len(self)} bins of {self.bin_s:g} s, "
            f"{len(self.channels)} channels, targets {self.target_names})"
        )

    def rows(self, rows: slice) -> "Session":
        """Some of the rows, in order, as views; the first of them is a start.

        Raises:
            RecordingError: a slice with a step, or without rows.
        """
        if rows.step not in (None, 1) or not len(self.counts[rows]):
            remedy = f"slice(0, {len(self)})"
            raise self._error("consecutive rows", "rows", f"{rows} of {len(self)}", remedy)
        found: dict[str, Any] = {
            field: getattr(self, field)[rows] for field in ("counts", "targets", "start", "scored")
        }
        for field in ("trial", "position", "goal"):
            value = getattr(self, field)
            found[field] = None if value is None else value[rows]
        return replace(self, **found)

    def select(self, channels: Sequence[str]) -> "Session":
        """Some of the channels, in the order in which they are named.

        Raises:
            RecordingError: a channel that is not here, or is named twice.
        """
        missing = [name for name in channels if name not in self.channels]
        if missing or isinstance(channels, str):
            got = listed([channels] if isinstance(channels, str) else missing)
            remedy = f"some of {listed(self.channels)}"
            raise self._error("names of its channels", "channels", got, remedy)
        places = [self.channels.index(name) for name in channels]
        return replace(self, counts=self.counts[:, places], channels=tuple(channels))

    def _places(self, rows: int) -> dict[str, np.ndarray]:
        """The position and the goal, where there are any."""
        found = {
            field: self._numbers(field, getattr(self, field), "places, rows by axes", rows)
            for field in ("position", "goal")
            if getattr(self, field) is not None
        }
        if "goal" in found:
            shape = found["position"].shape if "position" in found else "none"
            if shape != found["goal"].shape:
                expected = f"a position of shape {found['goal'].shape}, as the goal has,"
                raise self._error(
                    expected, "position", f"{shape}", "position= with a signal of the goal's axes"
                )
        return found

    def _error(self, expected: str, field: str, got: str, remedy: str) -> RecordingError:
        return recording_error(expected, field, f"session {self.name!r}", got, remedy)

    def _numbers(self, field: str, values: Any, what: str, rows: int | None) -> np.ndarray:
        found = np.asarray(values)
        if found.ndim != 2 or found.dtype.kind not in "biuf":
            got = f"{found.dtype} of shape {found.shape}"
            raise self._error(f"numbers of {what}", field, got, "an array of two axes")
        if rows is None and not found.size:
            raise self._error(
                "a row and a channel at least", field, f"{found.shape}", "longer bins"
            )
        self._as_long(field, found, len(found) if rows is None else rows)
        return found.astype(np.float32, copy=False)

    def _rows(self, field: str, values: Any, dtype: Any) -> np.ndarray:
        found = np.asarray(values)
        if found.ndim != 1 or found.dtype.kind not in ("b" if dtype is np.bool_ else "iu"):
            got = f"{found.dtype} of shape {found.shape}"
            what = "truth values" if dtype is np.bool_ else "integers"
            raise self._error(f"{what} of shape (T,)", field, got, f"{what}, one a row")
        self._as_long(field, found, len(self.counts))
        return found.astype(dtype, copy=False)

    def _as_long(self, field: str, found: np.ndarray, rows: int) -> None:
        if len(found) != rows:
            expected = f"a row for each of {rows} bins"
            raise self._error(expected, field, f"{len(found)} rows", "cutting both to one length")

    def _names(self, field: str, names: Sequence[str], count: int) -> tuple[str, ...]:
        found = (names,) if isinstance(names, str) else tuple(names)
        if len(found) != count or not all(isinstance(name, str) for name in found):
            expected = f"a name for each of {count} columns"
            raise self._error(expected, field, listed(map(str, found)), "one string a column")
        twice = sorted({name for name in found if found.count(name) > 1})
        if twice:
            got = f"{listed(twice)} twice"
            raise self._error("each name once", field, got, "a label of its own for each")
        return found
