"""The time series of an NWB file by name: its acquisition, and its processing modules."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from onward.recordings.behaviour import Behaviour
from onward.recordings.errors import recording_error
from onward.recordings.sizes import check_bytes
from onward.recordings.wanted import column_names


class Signals:
    """Behaviour by name; what is not asked for is not read.

    A container such as `BehavioralTimeSeries` whose series are columns of one signal, as in the
    FALCON benchmark, is a signal under its own name. Any other's series stand for themselves.

    Attributes:
        names: of all signals. Where two are called alike, those behind the first have the name
            of what holds them before theirs: "behavior/velocity".

    Raises:
        RecordingError: as `Behaviour.check` does, when a signal is asked for.
    """

    def __init__(self, file: Any, path: str, last_spike: float, stamps: str) -> None:
        self._path, self._last_spike, self._stamps = path, last_spike, stamps
        self._series: dict[str, list[Any]] = {}
        for name, home, series in _signals(file):
            self._series[f"{home}/{name}" if name in self._series else name] = series

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._series)

    def behaviour(self, name: str) -> Behaviour:
        """Read a signal in its units: data times `conversion`, plus `offset`."""
        found = [self._values(series, name) for series in self._series[name]]
        series = self._series[name]
        values = np.concatenate(found, axis=1)
        own = [one.name for one in series]
        columns = column_names(name, values.shape[1]) if len(own) == 1 else tuple(own)
        unit = str(series[0].unit) if series[0].unit not in ("unknown", "n/a", "") else None
        times = self._times(series[0], name)
        if self._stamps == "start" and len(times) > 1:
            times = times + np.median(np.diff(times))
        behaviour = Behaviour(times, values, columns, unit)
        behaviour.check(repr(name), self._path)
        return behaviour

    def _values(self, series: Any, name: str) -> np.ndarray:
        check_bytes(series.data.shape, np.dtype(np.float64), repr(name), self._path)
        values = np.asarray(series.data[:], np.float64).reshape(len(series.data), -1)
        return values * float(series.conversion or 1) + float(series.offset or 0)

    def _times(self, series: Any, name: str) -> np.ndarray:
        if series.timestamps is not None:
            shape, field = np.shape(series.timestamps), f"{name!r}, timestamps,"
            check_bytes(shape, np.dtype(np.float64), field, self._path)
            return np.asarray(series.timestamps[:], np.float64)
        if not series.rate or series.rate < 0:
            got = "neither timestamps nor a rate"
            raise recording_error("times", repr(name), self._path, got, "adding timestamps")
        step, count = 1 / series.rate, len(series.data)
        # Some files, those of FALCON's H1 among them, state the step where the rate belongs.
        if series.rate < 1 and count * step > 2 * self._last_spike > count * series.rate / 2:
            step = series.rate
            warnings.warn(
                f"The rate of {name!r} in {self._path} is taken for {step:g} s a sample: as "
                "samples a second its times would end long after the last spike.",
                stacklevel=2,
            )
        return (series.starting_time or 0.0) + step * np.arange(count)


def _signals(file: Any) -> Iterator[tuple[str, str, list[Any]]]:
    """Each signal with the name of what holds it."""
    from pynwb import TimeSeries

    holders = [("acquisition", file.acquisition)]
    holders += [(module.name, module.data_interfaces) for module in file.processing.values()]
    for home, holder in holders:
        for entry in holder.values():
            if isinstance(entry, TimeSeries):
                series = [entry]
            else:
                series = [one for one in entry.children if isinstance(one, TimeSeries)]
            series = [one for one in series if _is_numbers(one)]
            if not isinstance(entry, TimeSeries) and series and _are_columns(series):
                yield str(entry.name), str(home), series
            else:
                yield from ((str(one.name), str(home), [one]) for one in series)


def _is_numbers(series: Any) -> bool:
    data = series.data
    kind = getattr(getattr(data, "dtype", None), "kind", "")
    return kind in "biuf" and kind != "" and data.ndim in (1, 2) and len(data) > 0


def _are_columns(series: list[Any]) -> bool:
    """Whether series are one signal: the only one, or columns of one length."""
    alike = len({one.data.shape for one in series}) == 1
    return len(series) == 1 or (alike and series[0].data.ndim == 1)
