"""Reading predictions.parquet by columns, piece by piece, and keeping only what a figure shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Columns = dict[str, np.ndarray]

BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Excerpts:
    """Parts of a table of predictions.

    Attributes:
        first: its first rows, by column.
        last: its last rows, by column; empty columns where the first rows are all there is.
        thinned: every k-th row, by column.
    """

    first: Columns
    last: Columns
    thinned: Columns


def read_excerpts(path: Path, columns: Sequence[str], rows: int, points: int) -> Excerpts:
    """Read excerpts of some columns in constant memory.

    Args:
        path: a Parquet file.
        columns: names of the columns to read.
        rows: length of the first and of the last excerpt; a shorter table is cut in halves.
        points: the largest number of thinned rows.
    """
    total = count_rows(path)
    rows = min(rows, -(-total // 2))
    stride = max(1, -(-total // points))
    pieces: dict[str, list[Columns]] = {"first": [], "last": [], "thinned": []}
    for start, batch in read_batches(path, columns):
        index = start + np.arange(len(batch[columns[0]]))
        keeps = {
            "first": index < rows,
            "last": index >= max(rows, total - rows),
            "thinned": index % stride == 0,
        }
        for part, keep in keeps.items():
            if keep.any():
                pieces[part].append({name: batch[name][keep] for name in columns})
    return Excerpts(**{part: _join(found, columns) for part, found in pieces.items()})


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


def _join(pieces: list[Columns], columns: Sequence[str]) -> Columns:
    if not pieces:
        return {name: np.empty(0) for name in columns}
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in columns}
