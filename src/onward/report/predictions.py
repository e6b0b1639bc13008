"""Reading predictions.parquet by columns, piece by piece, and keeping only what a figure shows."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Columns = dict[str, np.ndarray]

BATCH_ROWS = 65_536


def read_thinned(path: Path, columns: Sequence[str], points: int) -> Columns:
    """Every k-th row of some columns, in constant memory.

    Args:
        path: a Parquet file.
        columns: names of the columns to read.
        points: the largest number of rows.
    """
    stride = max(1, -(-count_rows(path) // points))
    # Copies: a view would keep the whole piece that it is of.
    pieces = [
        {name: batch[name][-start % stride :: stride].copy() for name in columns}
        for start, batch in read_batches(path, columns)
    ]
    if not pieces:
        return {name: np.empty(0) for name in columns}
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in columns}


def read_batches(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, Columns]]:
    """The rows in order: the index of the first row of each piece, and the piece by column."""
    import pyarrow.parquet as parquet

    start = 0
    with parquet.ParquetFile(path) as file:
        # Asked for all row groups at once, Arrow holds what it has read of every one of them.
        for groups in _together(file):
            for batch in file.iter_batches(BATCH_ROWS, row_groups=groups, columns=list(columns)):
                yield (
                    start,
                    {name: batch.column(name).to_numpy(zero_copy_only=False) for name in columns},
                )
                start += batch.num_rows


def _together(file: Any) -> Iterator[list[int]]:
    """The row groups of a Parquet file in order, as many at a time as fill a piece."""
    groups, rows = [], 0
    for group in range(file.num_row_groups):
        groups.append(group)
        rows += file.metadata.row_group(group).num_rows
        if rows >= BATCH_ROWS:
            yield groups
            groups, rows = [], 0
    if groups:
        yield groups


def count_rows(path: Path) -> int:
    """Number of rows, from the file's footer."""
    import pyarrow.parquet as parquet

    return parquet.read_metadata(path).num_rows


def column_names(path: Path) -> list[str]:
    """Names of the columns, from the file's footer."""
    import pyarrow.parquet as parquet

    return parquet.read_schema(path).names
