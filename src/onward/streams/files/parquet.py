"""Parquet files, read row group by row group."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from onward.streams.files.cells import is_supported
from onward.streams.files.table import (
    BATCH_ROWS,
    reading,
    refuse_broken,
    refuse_twice,
    without_first,
)

if TYPE_CHECKING:
    import pyarrow as pa

KIND = "Parquet file"


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file. Starting late skips whole row groups unread."""

    path: Path
    names: tuple[str, ...]
    unsupported: Mapping[str, str]
    kind: str = KIND
    cells_are_text: bool = False
    decimal: str = "."
    breaks: tuple[str, ...] = ()
    sessions: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        return {}

    def batches(self, names: Sequence[str], start: int) -> Iterator["pa.RecordBatch"]:
        """Yield batches in the types of the file."""
        from pyarrow import parquet

        with reading(KIND, self.path), parquet.ParquetFile(self.path) as file:
            first = 0
            while first < file.num_row_groups and start >= file.metadata.row_group(first).num_rows:
                start -= file.metadata.row_group(first).num_rows
                first += 1
            groups = list(range(first, file.num_row_groups))
            batches = file.iter_batches(BATCH_ROWS, row_groups=groups, columns=list(names))
            for batch in without_first(batches, start):
                refuse_broken(batch)
                yield batch


def open_parquet(path: Path) -> ParquetTable:
    """Read the schema of a Parquet file.

    Raises:
        StreamError: when the file cannot be read or names a column twice.
    """
    from pyarrow import parquet

    with reading(KIND, path):
        schema = parquet.read_schema(path)
    refuse_twice(schema.names)
    return ParquetTable(
        path,
        names=tuple(field.name for field in schema if is_supported(field.type)),
        unsupported={
            field.name: str(field.type) for field in schema if not is_supported(field.type)
        },
    )
