"""NWB files: spike times of `units`, behaviour, trials and masks.

Rübel et al., The Neurodata Without Borders ecosystem for neurophysiological data science, eLife
2022. The layouts of the FALCON benchmark (Karpowicz et al. 2024) are among those that are read.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from onward.recordings.assembly import Parts, assemble
from onward.recordings.behaviour import Behaviour, all_true, sampled, velocity
from onward.recordings.binning import Bins, binned, bins_of
from onward.recordings.errors import listed, readable, recording_error
from onward.recordings.nwb_signals import Signals
from onward.recordings.nwb_units import column, spike_trains
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

KIND = "NWB file"
REMEDY = "writing it again with pynwb"
DEFAULT_BIN_S = 0.05
# Rows of another table, by number.
REGION = "DynamicTableRegion"
MASKS = ("eval_mask", "valid", "mask")


def read_nwb(path: Path, wanted: Wanted) -> Session:
    """The session of an NWB file; a channel counts all units of an electrode.

    Raises:
        RecordingError: as `read_session` says.
    """
    with readable(path, KIND, REMEDY), _opened(path) as file:
        parts = _parts(file, path, wanted)
    return assemble(parts, wanted)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    # What pynwb warns of, such as cached namespaces, is no concern of one who only reads.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pynwb

        _refuse_large_regions(path)
        reader: Any = pynwb.NWBHDF5IO
        io = reader(str(path), mode="r")
    with io:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file = io.read()
        yield file


def _refuse_large_regions(path: Path) -> None:
    """Refuse a file that names more rows of a table than fit: pynwb reads all such names at once.

    Raises:
        RecordingError: as `check_bytes` does.
    """
    import h5py

    def check(name: str, part: Any) -> None:
        if isinstance(part, h5py.Dataset) and part.attrs.get("neurodata_type") == REGION:
            check_bytes(part.shape, np.dtype(np.float64), name, path.name)

    with h5py.File(path) as file:
        file.visititems(check)


def _parts(file: Any, path: Path, wanted: Wanted) -> Parts:
    trains = spike_trains(file, path.name)
    last = max((unit[-1] for units in trains.values() for unit in units if len(unit)), default=0.0)
    signals = Signals(file, path.name, float(last), wanted.stamps)
    names = [name for name in signals.names if name not in MASKS]
    choice = choose_target(wanted, names, path.name)
    found = [signals.behaviour(name) for name in choice.names]
    bins = bins_of(found[0].times, wanted.bin_s or DEFAULT_BIN_S)
    targets = np.concatenate([sampled(one, bins) for one in found], axis=1)
    columns = tuple(name for one in found for name in one.names)
    unit = "/".join(dict.fromkeys(one.unit for one in found if one.unit)) or None
    if choice.derived:
        targets = velocity(targets, bins.gap, bins.bin_s)
        columns = column_names("velocity", targets.shape[1])
        unit = None if unit is None else f"{unit}/s"
    position, goal = None, None
    aim = choose_goal(wanted, names, path.name)
    near = wanted.beyond is not None or aim
    if near and (name := choose_position(wanted, names, path.name)):
        position = sampled(signals.behaviour(name), bins)
    if aim:
        goal = sampled(signals.behaviour(aim), bins)
    return Parts(
        path=path,
        counts=binned(trains, bins, path.name, "units"),
        channels=tuple(trains),
        targets=targets,
        target_names=columns,
        bin_s=bins.bin_s,
        gap=bins.gap,
        position=position,
        mask=_mask(signals, wanted, bins, path.name),
        trial=_trial(file, bins, path.name),
        began=file.session_start_time,
        unit=unit,
        goal=goal,
    )


def _mask(signals: Signals, wanted: Wanted, bins: Bins, file: str) -> np.ndarray | None:
    name = wanted.mask
    if name == FOUND:
        name = next((one for one in MASKS if one in signals.names), None)
    if name is None:
        return None
    if name not in signals.names:
        got = f"only {listed(signals.names)}"
        raise recording_error(f"a signal {name!r}", "mask", file, got, "mask=None")
    mask: Behaviour = signals.behaviour(name)
    return all_true(mask, bins)


def _trial(file: Any, bins: Bins, name: str) -> np.ndarray | None:
    if file.trials is None or not len(file.trials):
        return None
    starts, stops = (
        column(file.trials[title].data, f"trials, {title},", name).astype(np.float64)
        for title in ("start_time", "stop_time")
    )
    return trial_numbers(starts, stops, bins, "trials", name)
