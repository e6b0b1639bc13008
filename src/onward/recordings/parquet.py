"""Parquet files of binned counts: one row a bin, one column a channel or a coordinate."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from onward.recordings.errors import readable, recording_error
from onward.recordings.sizes import check_bytes

KIND = "Parquet file"
REMEDY = "writing it again"
PART = re.compile(r"(?P<stem>.+?)(?:\[(\w+)\]|[ ._]([^\W_]+))")


class ParquetFile:
    """The columns of a Parquet file as arrays, those that share the beginning of a name as one.

    Columns such as "velocity_x" and "velocity_y", or "velocity[0]" and "velocity[1]", are also
    "velocity", of two columns. Text of the file's metadata is an array without axes.

    Raises:
        RecordingError: the file cannot be read, or announces more than 2 GiB.
    """

    def __init__(self, path: Path, counts: str | Sequence[str]) -> None:
        from pyarrow import parquet, types

        self.path = path
        with readable(path, KIND, REMEDY):
            metadata = parquet.read_metadata(path)
            schema = metadata.schema.to_arrow_schema()
            rows = metadata.num_rows
            self._metadata = {
                key.decode(): value.decode("utf-8", "replace")
                for key, value in (schema.metadata or {}).items()
                if key != b"pandas"
            }
        numeric = [
            field.name
            for field in schema
            if types.is_integer(field.type)
            or types.is_floating(field.type)
            or types.is_boolean(field.type)
        ]
        self._truth = {field.name for field in schema if types.is_boolean(field.type)}
        self._columns: dict[str, tuple[str, ...]] = {name: (name,) for name in numeric}
        stems: dict[str, list[str]] = {}
        for name in numeric:
            if found := PART.fullmatch(name):
                stems.setdefault(found["stem"], []).append(name)
        for stem, names in stems.items():
            if len(names) > 1:
                self._columns.setdefault(stem, tuple(names))
        columns = self._channels(counts, numeric)
        others = {n: found for n, found in self._columns.items() if not {*found} & {*columns}}
        self._columns = {**others, "counts": columns}
        cut = len(counts) + 1 if isinstance(counts, str) else 0
        self.channels = tuple(name[cut:].rstrip("]") if cut else name for name in columns)
        self.shapes: dict[str, tuple[int, ...]] = {
            name: (rows,) if names == (name,) else (rows, len(names))
            for name, names in self._columns.items()
        }
        self.shapes |= {name: () for name in self._metadata if name not in self.shapes}

    def kind(self, name: str) -> str:
        """The kind of an array's dtype, as NumPy's letter."""
        if name not in self._columns:
            return "U"
        return "b" if self._truth.issuperset(self._columns[name]) else "f"

    def array(self, name: str) -> np.ndarray:
        """Read one column, or those of one beginning; empty cells are NaN."""
        from pyarrow import parquet

        if name not in self._columns:
            return np.asarray(self._metadata[name])
        names = self._columns[name]
        shape = (self.shapes[name][0], len(names))
        check_bytes(shape, np.dtype(np.float64), repr(name), self.path.name)
        with readable(self.path, KIND, REMEDY):
            table = parquet.read_table(self.path, columns=list(names))
            arrays = [table.column(one).to_numpy().astype(np.float64) for one in names]
        found = np.stack(arrays, axis=1)
        return found if len(self.shapes[name]) == 2 else found[:, 0]

    def _channels(self, counts: str | Sequence[str], numeric: Sequence[str]) -> tuple[str, ...]:
        if isinstance(counts, str):
            begins = re.compile(re.escape(counts) + r"[\[ ._]")
            found = tuple(name for name in numeric if begins.match(name))
        else:
            found = tuple(name for name in counts if name in numeric)
        if not found or (not isinstance(counts, str) and len(found) != len(counts)):
            expected = f"columns {counts!r}" + (" with a dot and more" * isinstance(counts, str))
            remedy = "counts= with the names of the channels' columns"
            got = f"columns {', '.join(numeric[:12]) or 'without numbers'}"
            raise recording_error(expected, "counts", self.path.name, got, remedy)
        return found
