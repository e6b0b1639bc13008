"""Reading predictions.parquet by columns, piece by piece, and keeping only what a figure shows."""

from collections.abc import Iterator, Sequence
from pathlib import Path

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
    pieces = [
        {name: batch[name][-start % stride :: stride] for name in columns}
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
        for batch in file.iter_batches(BATCH_ROWS, columns=list(columns)):
            yield (
                start,
                {name: batch.column(name).to_numpy(zero_copy_only=False) for name in columns},
            )
            start += batch.num_rows


def count_rows(path: Path) -> int:
    """Number of rows, from the file's footer."""
    import pyarrow.parquet as parquet

    return parquet.read_metadata(path).num_rows


def column_names(path: Path) -> list[str]:
    """Names of the columns, from the file's footer."""
    import pyarrow.parquet as parquet

    return parquet.read_schema(path).names
