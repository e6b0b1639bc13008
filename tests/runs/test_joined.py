"""Tables of predictions become one file, in memory that does not grow with their number."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from onward.runs.joined import GROUP_ROWS, read_first, write_joined


def tables(sizes: list[int], held: list[int] | None = None) -> Iterator[pa.Table]:
    """Consecutive numbers; `held` is told what Arrow holds as each table is asked for."""
    first = 0
    for size in sizes:
        if held is not None:
            held.append(pa.total_allocated_bytes())
        yield pa.table({"row": pa.array(range(first, first + size), pa.int64())})
        first += size


def written(path: Path, sizes: list[int], held: list[int] | None = None) -> Path:
    write_joined(path, pa.schema([("row", pa.int64())]), tables(sizes, held))
    return path


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        ([3] * 7, [21]),
        ([GROUP_ROWS, 5], [GROUP_ROWS, 5]),
        ([GROUP_ROWS - 1, 3, 9], [GROUP_ROWS + 2, 9]),
        ([], []),
    ],
)
def test_all_rows_are_there_in_few_groups(
    tmp_path: Path, sizes: list[int], groups: list[int]
) -> None:
    path = written(tmp_path / "made.parquet", sizes)
    found = parquet.read_metadata(path)
    assert [found.row_group(index).num_rows for index in range(found.num_row_groups)] == groups
    rows = parquet.read_table(path)["row"].to_numpy()
    np.testing.assert_array_equal(rows, np.arange(sum(sizes)))


@pytest.mark.parametrize("rows", [0, 1, GROUP_ROWS, GROUP_ROWS + 7])
def test_the_first_rows_alone_are_read(tmp_path: Path, rows: int) -> None:
    path = written(tmp_path / "made.parquet", [GROUP_ROWS, 20])
    pieces = [table["row"].to_numpy() for table in read_first(path, rows)]
    np.testing.assert_array_equal(np.concatenate([[], *pieces]), np.arange(rows))


def test_many_more_rows_are_held_no_longer(tmp_path: Path) -> None:
    most = []
    for groups in (4, 100):
        held: list[int] = []
        path = written(tmp_path / f"{groups}.parquet", [GROUP_ROWS // 2] * 2 * groups, held)
        read = [pa.total_allocated_bytes() for _ in read_first(path, groups * GROUP_ROWS)]
        most.append((max(held) - held[0], max(read) - held[0]))
    few, many = np.array(most)
    # Arrow's threads give back what they hold at times of their own: some row groups, never all.
    everything = 100 * GROUP_ROWS * 8
    assert (many <= few + everything // 4).all(), (few, many)
