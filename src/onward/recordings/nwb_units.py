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


def _ragged(column: Any, field: str, name: str) -> Iterator[np.ndarray]:
    """The rows of an indexed column."""
    check_bytes(column.target.data.shape, np.dtype(np.float64), field, name)
    values, ends = np.asarray(column.target.data[:]), np.asarray(column.data[:], np.int64)
    begins = np.concatenate([[0], ends[:-1]])
    if len(ends) and (begins.min() < 0 or np.any(begins > ends) or ends[-1] > len(values)):
        got = f"an index up to {ends.max()} of {len(values)} times"
        raise recording_error("an index that goes forward", field, name, got, "writing it again")
    yield from (values[begin:end] for begin, end in zip(begins, ends, strict=True))


def _labels(file: Any, units: Any, name: str) -> list[str]:
    own = [f"unit {number}" for number in units.id[:]]
    if "electrodes" not in units.colnames:
        return own
    labels = electrode_labels(file.electrodes)
    rows = _ragged(units["electrodes"], "units, electrodes,", name)
    return [
        labels[int(row[0])] if len(row) and 0 <= row[0] < len(labels) else alone
        for row, alone in zip(rows, own, strict=True)
    ]


def electrode_labels(electrodes: Any) -> list[str]:
    """A label for each row of the table: the first column of labels that are all different.

    Where arrays use the same labels, that of the group comes before; without any, the ids.
    """
    ids = [f"electrode {number}" for number in electrodes.id[:]]
    groups = [str(one) for one in electrodes["group_name"][:]]
    for column in LABELS:
        if column not in electrodes.colnames:
            continue
        labels = [str(label).strip() for label in electrodes[column][:]]
        grouped = [f"{group} {label}" for group, label in zip(groups, labels, strict=True)]
        for found in (labels, grouped):
            if all(labels) and len(set(found)) == len(found):
                return found
    return ids
