"""Recordings in the layouts that laboratories publish, with numbers of our own."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pynwb
from pynwb.behavior import BehavioralTimeSeries, Position, SpatialSeries

BEGAN = datetime(2020, 10, 19, 9, 30, tzinfo=UTC)


def trains(electrodes: int, seconds: float, rate: float = 20.0, seed: int = 0) -> list[np.ndarray]:
    """Spike times of one unit an electrode, in whole samples of 30 kHz."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rate * seconds, electrodes)
    return [np.sort(np.round(rng.uniform(0, seconds, n) * 30_000)) / 30_000 for n in counts]


class NwbWriter:
    """One NWB file, written by pynwb when the block ends."""

    def __init__(self, path: Path, began: datetime = BEGAN) -> None:
        self.path = path
        self.file = pynwb.NWBFile("made for a test", path.stem, began)

    def __enter__(self) -> "NwbWriter":
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is None:
            with pynwb.NWBHDF5IO(str(self.path), "w") as io:
                io.write(self.file)

    def units(
        self,
        spikes: Sequence[np.ndarray],
        labels: Sequence[str] = (),
        of: Sequence[int] = (),
        groups: Sequence[str] = (),
    ) -> None:
        """Units; `labels` and `groups` of electrodes, and `of`: the electrode of each unit."""
        if labels:
            device = self.file.create_device("array")
            groups = groups or ["M1"] * len(labels)
            made = {
                name: self.file.create_electrode_group(name, "an array", "cortex", device)
                for name in dict.fromkeys(groups)
            }
            self.file.add_electrode_column("label", "as on the array")
            for label, group in zip(labels, groups, strict=True):
                self.file.add_electrode(location="M1", group=made[group], label=label)
        for number, times in enumerate(spikes):
            where = {"electrodes": [of[number] if of else number]} if labels else {}
            self.file.add_unit(spike_times=times, **where)

    def series(self, name: str, data: np.ndarray, times: np.ndarray | float, **options: Any) -> Any:
        clock: dict[str, Any] = {"timestamps": times}
        if isinstance(times, float):
            clock = {"rate": times, "starting_time": 0.0}
        unit = options.pop("unit", "unknown")
        return pynwb.TimeSeries(name=name, data=data, unit=unit, **clock, **options)

    def acquisition(self, name: str, data: np.ndarray, times: Any, **options: Any) -> None:
        self.file.add_acquisition(self.series(name, data, times, **options))

    def columns(self, name: str, data: Mapping[str, np.ndarray], times: np.ndarray) -> None:
        """A series for each column in one container, as FALCON's M1 and M2 have them."""
        series = [self.series(one, values, times, unit="m/s") for one, values in data.items()]
        self.file.add_acquisition(BehavioralTimeSeries(time_series=series, name=name))

    def position(self, data: np.ndarray, times: np.ndarray, **options: Any) -> None:
        """A SpatialSeries in a Position in a processing module, as NWB's own examples have it."""
        series = SpatialSeries(
            name="cursor", data=data, timestamps=times, reference_frame="screen", **options
        )
        module = self.file.create_processing_module("behavior", "of the hand")
        module.add(Position(spatial_series=series))

    def trials(self, table: Sequence[tuple[float, float]]) -> None:
        for start, stop in table:
            self.file.add_trial(start_time=start, stop_time=stop)


def write_indy(
    path: Path,
    spikes: Sequence[Sequence[np.ndarray]],
    time: np.ndarray,
    labels: Sequence[str] = (),
    **signals: np.ndarray,
) -> Path:
    """A MATLAB v7.3 file as Zenodo 3854034 has them.

    Args:
        path: of the file.
        spikes: for each channel the times of its units, the first unsorted.
        time: of the behaviour, s.
        labels: of the channels; "M1 001" and so on without.
        **signals: such as cursor_pos, shape (samples, dimensions).
    """
    labels = labels or [f"M1 {channel + 1:03d}" for channel in range(len(spikes))]
    with h5py.File(path, "w", userblock_size=512) as file:
        cells = file.create_group("#refs#")

        def cell(values: np.ndarray, kind: str) -> h5py.Reference:
            data = cells.create_dataset(f"c{len(cells)}", data=values)
            data.attrs["MATLAB_class"] = np.bytes_(kind)
            return data.ref

        def times(unit: np.ndarray) -> h5py.Reference:
            if len(unit):
                return cell(np.reshape(unit, (1, -1)), "double")
            # MATLAB writes the shape of an empty cell in place of its contents.
            reference = cell(np.array([0, 1], np.uint64), "double")
            file[reference].attrs["MATLAB_empty"] = np.uint8(1)
            return reference

        units = max(map(len, spikes))
        table = np.empty((units, len(spikes)), h5py.ref_dtype)
        for channel, own in enumerate(spikes):
            for unit in range(units):
                table[unit, channel] = times(own[unit] if unit < len(own) else np.empty(0))
        file.create_dataset("spikes", data=table, dtype=h5py.ref_dtype)
        names = np.empty((1, len(labels)), h5py.ref_dtype)
        for channel, label in enumerate(labels):
            codes = np.array([[ord(letter)] for letter in label], np.uint16)
            names[0, channel] = cell(codes, "char")
        file.create_dataset("chan_names", data=names, dtype=h5py.ref_dtype)
        file["t"] = time[None]
        for name, values in signals.items():
            file[name] = values.T
    with open(path, "r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")
    return path


def write_days(folder: Path, days: Sequence[str], rows: int = 40, **arrays: Any) -> list[Path]:
    """An NPZ file a day, with velocity, in bins of 50 ms."""
    paths = []
    for seed, day in enumerate(days):
        rng = np.random.default_rng(seed)
        found: dict[str, Any] = {
            "counts": rng.poisson(2.0, (rows, 3)).astype(np.uint8),
            "velocity": rng.normal(size=(rows, 2)).astype(np.float32),
            "label": np.array(["a", "b", "c"]),
            "bin_s": 0.05,
            "date": day,
        }
        paths.append(folder / f"{day.replace('-', '')}.npz")
        np.savez(paths[-1], **(found | arrays))
    return paths
