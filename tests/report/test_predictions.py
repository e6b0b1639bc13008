"""Predictions are read piece by piece, and nothing of a piece is kept but what is shown."""

import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from onward.report import predictions
from onward.report.predictions import BATCH_ROWS, Columns, read_batches, read_thinned


def written(path: Path, rows: int, group: int) -> Path:
    """Consecutive numbers in row groups of a length."""
    parquet.write_table(pa.table({"y": np.arange(rows, dtype=np.float64)}), path, group)
    return path


@pytest.mark.parametrize("group", [700, 30_000, BATCH_ROWS, 3 * BATCH_ROWS])
def test_all_rows_come_in_order_however_they_are_grouped(tmp_path: Path, group: int) -> None:
    rows = 3 * BATCH_ROWS + 11
    found = list(read_batches(written(tmp_path / "made.parquet", rows, group), ["y"]))
    np.testing.assert_array_equal(
        np.concatenate([columns["y"] for _, columns in found]), np.arange(rows)
    )
    sizes = [len(columns["y"]) for _, columns in found]
    assert [start for start, _ in found] == np.cumsum([0, *sizes[:-1]]).tolist()
    # A piece of few rows costs as many calls as one of many.
    assert max(sizes) <= BATCH_ROWS and len(sizes) <= 8


def test_many_more_rows_are_held_no_longer(tmp_path: Path) -> None:
    most = []
    for groups in (4, 40):
        path = written(tmp_path / f"{groups}.parquet", groups * BATCH_ROWS, BATCH_ROWS)
        began = pa.total_allocated_bytes()
        most.append(max(pa.total_allocated_bytes() - began for _ in read_batches(path, ["y"])))
    # Arrow's threads give back what they hold at times of their own.
    assert most[1] <= 1.5 * most[0] + 40 * BATCH_ROWS * 8 // 4, most


def test_thinned_rows_do_not_keep_those_between_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, alive = written(tmp_path / "made.parquet", 1_000, 100), []

    def watched(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, Columns]]:
        pieces: list[weakref.ref[np.ndarray]] = []
        for start in range(0, 1_000, 100):
            alive.append(sum(piece() is not None for piece in pieces))
            values = np.arange(start, start + 100.0)
            pieces.append(weakref.ref(values))
            yield start, {"y": values}
            del values

    monkeypatch.setattr(predictions, "read_batches", watched)
    found = read_thinned(path, ["y"], 40)
    np.testing.assert_array_equal(found["y"], np.arange(0, 1_000, 25))
    assert max(alive) <= 1
