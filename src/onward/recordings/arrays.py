"""Binned counts and labels as arrays of one row a bin, from NPZ and Parquet files."""

from collections.abc import Sequence

import numpy as np

from onward.recordings.assembly import Parts, assemble
from onward.recordings.behaviour import velocity
from onward.recordings.binning import ALIKE, Bins
from onward.recordings.dates import parsed
from onward.recordings.errors import listed, recording_error
from onward.recordings.fields import LABELS, Arrays, labels, number, text
from onward.recordings.session import Session
from onward.recordings.sizes import check_bytes
from onward.recordings.trials import trial_numbers
from onward.recordings.wanted import (
    FOUND,
    Wanted,
    choose_goal,
    choose_position,
    choose_target,
    column_names,
)

MASKS = ("valid", "mask", "eval_mask", "scored")
TIMES = ("time", "times", "t", "timestamps")
BEGINNINGS = ("start_datetime", "began", "date")
TRIAL_STARTS = ("start_time", "start_time_s", "start")
TRIAL_STOPS = ("stop_time", "stop_time_s", "end_time", "end_time_s", "stop", "end")


def read_arrays(file: Arrays, wanted: Wanted, channels: tuple[str, ...] | None = None) -> Session:
    """The session of a file of binned counts.

    Args:
        file: its arrays.
        wanted: what is asked for.
        channels: labels of the electrodes; None for those that the file holds.

    Raises:
        RecordingError: as `read_session` says.
    """
    title = wanted.counts if isinstance(wanted.counts, str) and channels is None else "counts"
    if len(file.shapes.get(title, ())) != 2:
        got = f"only {listed(name for name, shape in file.shapes.items() if len(shape) == 2)}"
        remedy = "counts= with the name of an array of shape (bins, channels)"
        raise _error(file, f"an array {title!r} of counts", title, got, remedy)
    rows, width = file.shapes[title]
    check_bytes((rows, width), np.dtype(np.float32), repr(title), file.path.name)
    signals = [name for name in file.shapes if _is_signal(file, name, rows) and name != title]
    near = [*signals, *_misfits(file, wanted, {title, *signals})]
    choice, position = choose_target(wanted, near, file.path.name), None
    goal = choose_goal(wanted, near, file.path.name)
    if wanted.beyond is not None or goal:
        position = choose_position(wanted, signals, file.path.name)
    bins = _bins(file, wanted, rows)
    arrays = [_columns(file, name, rows) for name in choice.names]
    targets = np.concatenate(arrays, axis=1)
    if choice.derived:
        targets = velocity(targets, _gap(file, bins, rows), bins.bin_s)
        names = column_names("velocity", targets.shape[1])
    else:
        pairs = zip(choice.names, arrays, strict=True)
        names = tuple(name for one, array in pairs for name in column_names(one, array.shape[1]))
    parts = Parts(
        path=file.path,
        counts=file.array(title),
        channels=channels or labels(file, width),
        targets=targets,
        target_names=names,
        bin_s=bins.bin_s,
        gap=_gap(file, bins, rows),
        position=None if position is None else _columns(file, position, rows),
        mask=_mask(file, wanted, rows),
        trial=_trial(file, bins, rows),
        began=next((day for name in BEGINNINGS if (day := parsed(text(file, name)))), None),
        unit=text(file, "target_unit") or None,
        goal=None if goal is None else _columns(file, goal, rows),
    )
    return assemble(parts, wanted)


def _error(file: Arrays, expected: str, name: str, got: str, remedy: str) -> Exception:
    return recording_error(expected, repr(name), file.path.name, got, remedy)


def _is_signal(file: Arrays, name: str, rows: int) -> bool:
    shape = file.shapes[name]
    taken = (*LABELS, *MASKS, *TIMES, "trial", "trials", "start")
    fits = len(shape) in (1, 2) and shape[0] == rows and file.kind(name) in "fiu"
    return fits and name not in taken


def _misfits(file: Arrays, wanted: Wanted, fitting: set[str]) -> list[str]:
    """Arrays of labels that have other rows than the counts, so that this can be told."""
    asked = (wanted.target,) if isinstance(wanted.target, str) else wanted.target
    known = (*asked, "velocity", "position", "cursor")
    return [
        name
        for name in file.shapes
        if name in known and name not in fitting and file.kind(name) in "fiu"
    ]


def _columns(file: Arrays, name: str, rows: int) -> np.ndarray:
    shape = file.shapes[name]
    if len(shape) not in (1, 2) or shape[0] != rows:
        expected, got = f"a label for each of {rows} bins of counts", f"shape {shape}"
        raise _error(file, expected, name, got, "cutting both to one length")
    return file.array(name).reshape(rows, -1)


def _bins(file: Arrays, wanted: Wanted, rows: int) -> Bins:
    """The bins: by the times of the rows, else one after the other."""
    stated = number(file, "bin_s")
    bin_s = stated or wanted.bin_s
    if bin_s is None or bin_s <= 0:
        got = "none" if stated is None else f"{stated:g} s"
        raise _error(file, "the width of a bin in seconds", "bin_s", got, "bin_s=0.05")
    if wanted.bin_s is not None and abs(bin_s - wanted.bin_s) > 1e-6 * bin_s:
        remedy = f"bin_s={bin_s:g}, or binning the spikes again"
        raise _error(file, f"bins of {wanted.bin_s:g} s", "bin_s", f"{bin_s:g} s", remedy)
    named = next((name for name in TIMES if file.shapes.get(name) == (rows,)), None)
    if named is None or file.kind(named) not in "fiu":
        first = number(file, "t_end_first")
        return Bins((bin_s if first is None else first) + bin_s * np.arange(rows), bin_s)
    times = file.array(named).astype(np.float64)
    steps = np.diff(times)
    if len(steps) and not steps.min() > 0:
        got = f"a step of {steps.min():.3g} s"
        raise _error(file, "times that go forward", named, got, "sorting the rows")
    if len(steps) and abs(float(np.median(steps)) - bin_s) > ALIKE * bin_s:
        expected, got = f"steps of {bin_s:g} s, as bin_s says,", f"{np.median(steps):.6g} s"
        raise _error(file, expected, named, got, "mending bin_s or the times, which are in s")
    return Bins(times, bin_s)


def _gap(file: Arrays, bins: Bins, rows: int) -> np.ndarray:
    """Rows before which time is missing: by times, by `start`, and between trials cut out."""
    gap = bins.gap
    if file.shapes.get("start") == (rows,) and file.kind("start") in "biu":
        gap = gap | (file.array("start") > 0)
    if file.shapes.get("trial") == (rows,) and not any(name in file.shapes for name in TIMES):
        gap = gap | (np.diff(file.array("trial").astype(np.float64), prepend=np.nan) != 0)
    return gap


def _mask(file: Arrays, wanted: Wanted, rows: int) -> np.ndarray | None:
    name = wanted.mask
    if name == FOUND:
        name = next((one for one in MASKS if file.shapes.get(one) == (rows,)), None)
    if name is None:
        return None
    if file.shapes.get(name) != (rows,) or file.kind(name) not in "biuf":
        got = f"shape {file.shapes[name]}" if name in file.shapes else "no such array"
        remedy = "mask=None, or the name of such an array"
        raise _error(file, f"a truth value for each of {rows} bins", name, got, remedy)
    return file.array(name) > 0


def _trial(file: Arrays, bins: Bins, rows: int) -> np.ndarray | None:
    if file.shapes.get("trial") == (rows,):
        numbers = file.array("trial")
        return np.where(np.isfinite(numbers), numbers, -1).astype(np.int64)
    if len(file.shapes.get("trials", ())) != 2 or len(file.shapes.get("trial_columns", ())) != 1:
        return None
    titles = [str(title) for title in file.array("trial_columns")]
    start, stop = (_first(names, titles) for names in (TRIAL_STARTS, TRIAL_STOPS))
    table = file.array("trials")
    if start is None or stop is None or table.shape[1] != len(titles):
        return None
    starts, stops = table[:, start].astype(np.float64), table[:, stop].astype(np.float64)
    return trial_numbers(starts, stops, bins, "'trials'", file.path.name)


def _first(names: Sequence[str], among: Sequence[str]) -> int | None:
    return next((among.index(name) for name in names if name in among), None)
