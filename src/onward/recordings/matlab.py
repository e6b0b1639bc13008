"""MATLAB v7.3 files in the layout of the monkeys Indy and Loco.

O'Doherty, Cardoso, Makin, Sabes: Nonhuman Primate Reaching with Multichannel Sensorimotor Cortex
Electrophysiology, doi 10.5281/zenodo.3854034. As HDF5 shows them, axes are the other way round:
`spikes` is (units, channels) references to spike times, the first unit of each channel unsorted;
`t` is (1, samples), `cursor_pos` and `target_pos` (2, samples), `finger_pos` (3 or 6, samples).
"""

from pathlib import Path
from typing import Any

import numpy as np

from onward.recordings.assembly import Parts, assemble
from onward.recordings.behaviour import Behaviour, sampled, velocity
from onward.recordings.binning import binned, bins_of
from onward.recordings.errors import listed, readable, recording_error
from onward.recordings.session import Session
from onward.recordings.sizes import check_bytes
from onward.recordings.wanted import Wanted, choose_goal, choose_position, choose_target

KIND = "MATLAB v7.3 file"
REMEDY = "save(name, '-v7.3') in MATLAB"
SIGNALS = ("cursor_pos", "finger_pos", "target_pos")
UNITS = {"cursor_pos": "mm", "finger_pos": "cm", "target_pos": "mm"}
AXES = {
    "cursor_pos": ("x", "y"),
    "finger_pos": ("z", "-x", "-y", "azimuth", "elevation", "roll"),
    "target_pos": ("x", "y"),
}
DEFAULT_BIN_S = 0.05


def read_matlab(path: Path, wanted: Wanted) -> Session:
    """The session of a MATLAB v7.3 file; a channel counts all its units, sorted or not.

    Raises:
        RecordingError: as `read_session` says.
    """
    import h5py

    with readable(path, KIND, REMEDY), h5py.File(path, "r") as file:
        missing = [name for name in ("spikes", "chan_names", "t") if name not in file]
        if missing:
            got = f"only {listed(str(name) for name in file if name != '#refs#')}"
            remedy = "a file in the layout of Zenodo 3854034"
            raise recording_error(f"{missing[0]!r}", "variables", path.name, got, remedy)
        names = [name for name in SIGNALS if name in file]
        choice = choose_target(wanted, names, path.name)
        found = [_behaviour(file, name, path.name) for name in choice.names]
        bins = bins_of(found[0].times, wanted.bin_s or DEFAULT_BIN_S)
        targets = np.concatenate([sampled(one, bins) for one in found], axis=1)
        columns = tuple(name for one in found for name in one.names)
        unit = "/".join(dict.fromkeys(str(one.unit) for one in found))
        if choice.derived:
            targets = velocity(targets, bins.gap, bins.bin_s)
            columns = tuple(f"velocity {name.split(' ')[1]}" for name in columns)
            unit += "/s"
        position, goal = None, None
        aim = choose_goal(wanted, names, path.name)
        near = wanted.beyond is not None or aim
        if near and (name := choose_position(wanted, names, path.name)):
            position = sampled(_behaviour(file, name, path.name), bins)
        if aim:
            goal = sampled(_behaviour(file, aim, path.name), bins)
        trains = _trains(file, path.name)
    parts = Parts(
        path=path,
        counts=binned(trains, bins, path.name),
        channels=tuple(trains),
        targets=targets,
        target_names=columns,
        bin_s=bins.bin_s,
        gap=bins.gap,
        position=position,
        unit=unit,
        goal=goal,
    )
    return assemble(parts, wanted)


def _array(dataset: Any, field: str, file: str) -> np.ndarray:
    check_bytes(dataset.shape, np.dtype(np.float64), field, file)
    return dataset[()]


def _behaviour(file: Any, name: str, path: str) -> Behaviour:
    times = _array(file["t"], "'t'", path).ravel().astype(np.float64)
    values = np.atleast_2d(_array(file[name], repr(name), path)).T
    axes = (AXES[name] + tuple(map(str, range(values.shape[1]))))[: values.shape[1]]
    found = Behaviour(times, values, tuple(f"{name} {axis}" for axis in axes), UNITS[name])
    found.check(repr(name), path)
    return found


def _trains(file: Any, path: str) -> dict[str, list[np.ndarray]]:
    """The spike times of the units of each channel."""
    spikes = np.atleast_2d(_array(file["spikes"], "'spikes'", path))
    references = _array(file["chan_names"], "'chan_names'", path).ravel()
    labels = [_text(_array(file[one], "'chan_names'", path)) for one in references]
    if spikes.shape[1] != len(labels):
        expected = f"a column of units for each of {len(labels)} chan_names"
        got = f"shape {spikes.shape}"
        raise recording_error(expected, "'spikes'", path, got, "the file as it was published")
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        got = f"{listed(twice)} twice"
        raise recording_error("each label once", "'chan_names'", path, got, "mending the labels")
    # A cell may be referred to more than once.
    total = sum(file[reference].size for reference in spikes.ravel())
    check_bytes((total,), np.dtype(np.float64), "'spikes'", path)
    return {
        label: [_spike_times(file[reference], label, path) for reference in spikes[:, column]]
        for column, label in enumerate(labels)
    }


def _spike_times(cell: Any, label: str, path: str) -> np.ndarray:
    # An empty cell holds the shape of the nothing that it is: numbers, but no times.
    if cell.attrs.get("MATLAB_empty", 0):
        return np.empty(0)
    return _array(cell, f"'spikes' of {label!r}", path).ravel()


def _text(codes: np.ndarray) -> str:
    return "".join(chr(code) for code in codes.ravel()).strip()
