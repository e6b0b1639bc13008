"""Tables of predictions that become one file, in memory that is bounded however many there are."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

# Rows of a row group at least. A file of many small ones is slow to read, and its footer is long.
GROUP_ROWS = 65_536


def write_joined(path: Path, schema: "pa.Schema", tables: "Iterable[pa.Table]") -> None:
    """Write tables of one schema as one file, row group by row group.

    Args:
        path: the file.
        schema: of the tables.
        tables: in order, each of a few rows or of many.
    """
    import pyarrow.parquet as parquet

    with parquet.ParquetWriter(path, schema) as writer:
        for table in _in_groups(tables):
            writer.write_table(table)


def read_first(path: Path, rows: int) -> "Iterator[pa.Table]":
    """Yield the first rows of a file, a row group at a time.

    Args:
        path: the file.
        rows: how many of its rows.
    """
    import pyarrow.parquet as parquet

    with parquet.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            if rows <= 0:
                return
            table = file.read_row_group(group).slice(0, rows)
            rows -= table.num_rows
            yield table


def _in_groups(tables: "Iterable[pa.Table]") -> "Iterator[pa.Table]":
    """Put tables together until they have the rows of a row group."""
    import pyarrow as pa

    held, rows = [], 0
    for table in tables:
        held.append(table)
        rows += table.num_rows
        if rows >= GROUP_ROWS:
            yield pa.concat_tables(held)
            held, rows = [], 0
    if rows:
        yield pa.concat_tables(held)
