"""NPZ and NPY files, whose arrays are held in memory."""

import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from onward.streams.errors import stream_error
from onward.streams.files.header import NUMBERED
from onward.streams.files.lengths import refuse_other_rows
from onward.streams.files.table import BATCH_ROWS, Wanted, unreadable, unused
from onward.streams.files.trials import TRIAL, string_trials
from onward.streams.rows import slices

if TYPE_CHECKING:
    import pyarrow as pa

KIND = "NPZ file"
READABLE = "biufMU"
LABELS = ("columns", "feature_names")
Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class NpzTable:
    """The arrays of an NPZ file that have one entry a row, each column of them under a name."""

    path: Path
    columns: Arrays
    groups: Mapping[str, tuple[str, ...]]
    unsupported: Mapping[str, str]
    kind: str = KIND
    cells_are_text: bool = False
    decimal: str = "."
    sessions: str | None = None
    notes: tuple[str, ...] = ()
    trial: np.ndarray | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.columns)

    @property
    def breaks(self) -> tuple[str, ...]:
        return () if self.trial is None else (unused(TRIAL, self.columns),)

    def batches(self, names: Sequence[str], start: int) -> Iterator["pa.RecordBatch"]:
        """Yield batches of numbers, bool, timestamps or text; empty text is missing."""
        import pyarrow as pa

        arrays = {**self.columns, **dict.fromkeys(self.breaks, self.trial)}
        length = len(next(iter(self.columns.values())))
        for rows in slices(BATCH_ROWS, start, length):
            cells = [_cells(arrays[name][rows]) for name in names]
            yield pa.RecordBatch.from_arrays(cells, names=list(names))


def open_npz(path: Path, wanted: Wanted) -> NpzTable:
    """Read the arrays and decide which are rows.

    The number of rows is the length under which most of the `wanted` names exist, and of such the
    one that most arrays have. Arrays of trials are strung together before (`string_trials`).
    An array of that length is a column; one of shape (rows, m) is m columns, named by an array
    of m different strings (`columns` and `feature_names` first, else the only one of that
    length), or `NAME[0]` to `NAME[m - 1]`.

    Raises:
        StreamError: when the file cannot be read, needs pickle, or has no array with rows; and
            as `refuse_other_rows` does.
    """
    strung = string_trials(_load(path), wanted)
    arrays, names = strung.arrays, wanted.names
    votes = Counter(len(array) for array in arrays.values() if array.ndim in (1, 2))
    lengths = sorted(votes, key=lambda length: (votes[length], length), reverse=True)
    tables = [table for length in lengths if (table := _table(path, arrays, length)).columns]
    if not tables:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        remedy = "saving the rows as arrays of shape (rows,) or (rows, columns)"
        raise stream_error(f"an {KIND} with arrays of rows", shapes or "no array", remedy)
    table = max(
        tables, key=lambda one: sum(name in one.columns or name in one.groups for name in names)
    )
    rows = len(next(iter(table.columns.values())))
    unread = {name for name in table.unsupported if arrays[name].shape[:1] == (rows,)}
    refuse_other_rows(arrays, rows, {*table.columns, *table.groups, *unread}, wanted)
    trial = strung.trial if strung.trial is not None and len(strung.trial) == rows else None
    return replace(table, trial=trial, notes=strung.notes)


def open_npy(path: Path) -> NpzTable:
    """Read an NPY file: one array, whose columns are "column 1", "column 2", ...

    The fields of records are columns under their own names.

    Raises:
        StreamError: when the file cannot be read, needs pickle, or is no array of rows.
    """
    remedy = "saving it again with numpy.save"
    try:
        with open(path, "rb") as file:
            array = np.load(file, allow_pickle=False)
    # As `reading` says.
    except Exception as error:
        if "pickle" not in str(error):
            raise unreadable("NPY file", path, error, remedy) from error
        got = f"{path.name}: no array, or one of Python objects"
        raise stream_error("a readable NPY file", got, remedy) from error
    if array.ndim not in (1, 2):
        got = f"one of shape {array.shape} in {path.name}"
        raise stream_error("an array of shape (rows,) or (rows, columns)", got, "reshaping it")
    fields = array.dtype.names if array.ndim == 1 else None
    columns = [array[name] for name in fields] if fields else list(array.reshape(len(array), -1).T)
    names = fields or [NUMBERED.format(place + 1) for place in range(len(columns))]
    arrays = dict(zip(names, columns, strict=True))
    kinds = {name: one.dtype.kind in READABLE and one.ndim == 1 for name, one in arrays.items()}
    unsupported = {name: str(arrays[name].dtype) for name, fine in kinds.items() if not fine}
    held = {name: arrays[name] for name, fine in kinds.items() if fine}
    return NpzTable(path, held, {}, unsupported, "NPY file")


def _load(path: Path) -> Arrays:
    remedy = "saving it again with numpy.savez"
    if not zipfile.is_zipfile(path):
        got = f"{path.name}, which is no archive of arrays"
        raise stream_error(f"a readable {KIND}", got, remedy)
    try:
        with open(path, "rb") as raw, np.load(raw, allow_pickle=False) as file:
            members = {name: file[name] for name in file.files}
    # As `reading` says.
    except Exception as error:
        if "pickle" not in str(error):
            raise unreadable(KIND, path, error, remedy) from error
        raise stream_error(
            "arrays of numbers, truth values, timestamps or text",
            f"Python objects in {path.name}, which only pickle could load",
            "saving it again without arrays of dtype object; trials of uneven length as arrays "
            "(trials, time, columns) that are padded, with a mask for --valid",
        ) from error
    # numpy hands over members that are no arrays as bytes.
    return {name: array for name, array in members.items() if isinstance(array, np.ndarray)}


def _table(path: Path, arrays: Arrays, length: int) -> NpzTable:
    columns: dict[str, np.ndarray] = {}
    groups: dict[str, tuple[str, ...]] = {}
    unsupported: dict[str, str] = {}
    for name, array in arrays.items():
        if array.ndim not in (1, 2) or len(array) != length:
            rows = f", not of {length} rows" if array.ndim in (1, 2) else ""
            unsupported[name] = f"an array of shape {array.shape}{rows}"
        elif array.dtype.kind not in READABLE:
            unsupported[name] = str(array.dtype)
        elif array.ndim == 1:
            columns[name] = array
        else:
            groups[name] = _labels(name, array.shape[1], arrays, {*columns, *arrays})
            columns.update(zip(groups[name], array.T, strict=True))
    names = [name for name in unsupported if _names_columns(arrays[name], groups)]
    others = {name: what for name, what in unsupported.items() if name not in names}
    return NpzTable(path, columns, groups, others)


def _names_columns(array: np.ndarray, groups: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether an array holds the names of the columns of another."""
    return array.ndim == 1 and tuple(array.tolist()) in groups.values()


def _labels(name: str, width: int, arrays: Arrays, taken: set[str]) -> tuple[str, ...]:
    fitting = {
        key: tuple(array.tolist())
        for key, array in arrays.items()
        if array.dtype.kind == "U" and array.shape == (width,) and len(set(array.tolist())) == width
    }
    preferred = [fitting[key] for key in LABELS if key in fitting]
    for labels in preferred or (fitting.values() if len(fitting) == 1 else ()):
        if not taken.intersection(labels):
            return labels
    return tuple(f"{name}[{column}]" for column in range(width))


def _cells(values: np.ndarray) -> "pa.Array":
    import pyarrow as pa

    if values.dtype.kind == "U":
        return pa.array([value or None for value in values.tolist()], pa.string())
    if values.dtype.kind == "M":
        return pa.array(values.astype("datetime64[us]"))
    if values.dtype.kind == "f":
        return pa.array(values.astype(np.float64))
    return pa.array(values.astype(values.dtype.newbyteorder("=")))
