"""The units of an NWB file, by the electrode that they were recorded with."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from onward.recordings.errors import recording_error
from onward.recordings.sizes import check_bytes

# Columns of the table of electrodes that may hold their labels.
LABELS = ("label", "electrode_label", "electrode_name", "channel_name")


def spike_trains(file: Any, name: str) -> dict[str, list[np.ndarray]]:
    """The spike times of the units of each electrode, by its label, in the order of the units.

    A unit without an electrode is a channel of its own, "unit 7". A unit of several electrodes
    belongs to the first.

    Raises:
        RecordingError: there are no units, or none with spike times.
    """
    units = file.units
    if units is None or "spike_times" not in units.colnames:
        got = "no units" if units is None else "units without them"
        remedy = "a file with spike times, or binned counts as NPZ"
        raise recording_error("spike times", "units", name, got, remedy)
    trains: dict[str, list[np.ndarray]] = {}
    times = _ragged(units["spike_times"], "units, spike_times,", name)
    for label, train in zip(_labels(file, units, name), times, strict=True):
        trains.setdefault(label, []).append(train)
    return trains


def column(data: Any, field: str, name: str) -> np.ndarray:
    """A column of a table, or the ids of its rows, unless it announces too much.

    Raises:
        RecordingError: as `check_bytes` does.
    """
    check_bytes(np.shape(data), np.dtype(np.float64), field, name)
    return np.asarray(data[:])


def _ragged(indexed: Any, field: str, name: str) -> Iterator[np.ndarray]:
    """The rows of an indexed column."""
    values = column(indexed.target.data, field, name)
    ends = column(indexed.data, field, name).astype(np.int64)
    begins = np.concatenate([[0], ends[:-1]])
    if len(ends) and (begins.min() < 0 or np.any(begins > ends) or ends[-1] > len(values)):
        got = f"an index up to {ends.max()} of {len(values)} times"
        raise recording_error("an index that goes forward", field, name, got, "writing it again")
    yield from (values[begin:end] for begin, end in zip(begins, ends, strict=True))


def _labels(file: Any, units: Any, name: str) -> list[str]:
    own = [f"unit {number}" for number in column(units.id.data, "units, id,", name)]
    if "electrodes" not in units.colnames:
        return own
    labels = _electrode_labels(file.electrodes, name)
    rows = _ragged(units["electrodes"], "units, electrodes,", name)
    return [
        labels[int(row[0])] if len(row) and 0 <= row[0] < len(labels) else alone
        for row, alone in zip(rows, own, strict=True)
    ]


def _electrode_labels(electrodes: Any, name: str) -> list[str]:
    """A label for each row of the table: the first column of labels that are all different.

    Where arrays use the same labels, that of the group comes before; without any, the ids.
    """

    def cells(of: str) -> list[str]:
        found = column(electrodes[of].data, f"electrodes, {of},", name).tolist()
        return [one.decode() if isinstance(one, bytes) else str(one).strip() for one in found]

    for title in (title for title in LABELS if title in electrodes.colnames):
        labels, groups = cells(title), cells("group_name")
        grouped = [f"{group} {label}" for group, label in zip(groups, labels, strict=True)]
        for found in (labels, grouped):
            if all(labels) and len(set(found)) == len(found):
                return found
    ids = column(electrodes.id.data, "electrodes, id,", name)
    return [f"electrode {number}" for number in ids]
