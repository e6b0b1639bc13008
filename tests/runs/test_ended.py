"""An error that ends a pass costs none of the rows before it."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from matrix import left
from onward.cost import MemoryBudgetError, budget
from onward.runs import Run
from onward.runs.rows import StoredRows
from onward.streams import Chunk, StreamError
from onward.streams.live import Pipe
from small_runs import (
    CHUNK,
    assert_same_results,
    config_of,
    finished,
    metrics,
    predictions,
    with_gaps,
    write,
)

pytestmark = pytest.mark.xdist_group("experiments")
WARMUP = 73
SERIES: dict[str, Any] = {"series": "shop", "horizon": 2, "warmup": WARMUP}


def shops(rows: slice = slice(None)) -> bytes:
    """Rows of eleven series, one more every twenty-five rows; whether they count, as `counts`."""
    frame = pd.DataFrame(with_gaps()).drop(columns="kind")
    random, known = np.random.default_rng(4), 1 + np.arange(len(frame)) // 25
    frame["shop"] = [f"s{random.integers(min(count, 11))}" for count in known]
    frame["counts"] = "1"
    return frame[rows].to_csv(index=False).encode()


def pipe(data: bytes) -> Pipe:
    source = io.BytesIO(data)
    return Pipe(lambda: source.read(500))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ended")


@pytest.fixture(scope="module")
def path(kept: Path) -> Path:
    return write(kept / "made.npz", with_gaps())


@pytest.fixture
def whole(kept: Path, path: Path) -> Path:
    """The run without an error, made by the first test that asks for it."""
    if not (kept / "whole").exists():
        finished(config_of(path, horizon=3), kept / "whole")
    return kept / "whole"


@pytest.fixture
def whole_live(kept: Path) -> Path:
    """That over all rows of standard input."""
    if not (kept / "live").exists():
        Run(config_of(Path("-"), **SERIES), kept / "live", pipe=pipe(shops()))()
    return kept / "live"


def ends_after(chunks: int, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let the rows of a file fail after so many chunks."""
    whole = StoredRows.chunks

    def failing(self: StoredRows, *arguments: Any) -> Iterator[Chunk]:
        for index, chunk in enumerate(whole(self, *arguments)):
            if index == chunks:
                raise error
            yield chunk

    monkeypatch.setattr(StoredRows, "chunks", failing)


def assert_kept(folder: Path, rows: int, sentence: str) -> None:
    """Predictions and metrics speak of all rows passed, and of what ended the pass."""
    found = metrics(folder)
    assert len(predictions(folder)) == found["counts"]["samples"] == rows
    assert found["complete"] is False and found["error"].startswith(sentence)


def test_too_little_memory_for_more_series(
    tmp_path: Path, whole_live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(Path("-"), **SERIES)
    run = Run(config, tmp_path / "out", pipe=pipe(shops()))
    with monkeypatch.context() as patch:
        patch.setattr(budget, "free_bytes", lambda: 1000)
        with pytest.raises(MemoryBudgetError) as error:
            run()
    row = run.contest.row
    assert run.plan.series == 8 and 175 < row < 300
    assert_kept(tmp_path / "out", row, "Expected at most 1.0 kB, the free memory; got ")
    (note,) = error.value.__notes__
    assert note == (
        f"The first {row} rows are kept in {tmp_path / 'out'}; to go on after them, repeat the "
        f"command with --out {tmp_path / 'out'} --resume."
    )
    rest = pipe(shops(slice(row, None)))
    Run(config, tmp_path / "out", resume=True, pipe=rest)()
    found, wanted = predictions(tmp_path / "out"), predictions(whole_live)
    pd.testing.assert_frame_equal(found, wanted, check_exact=True)
    found, wanted = metrics(tmp_path / "out"), metrics(whole_live)
    for name in ("learners", "series", "intervals", "counts", "complete", "error"):
        assert found[name] == wanted[name], name


@pytest.mark.parametrize(
    "error", [OSError(5, "Input/output error"), left(StreamError("Expected it."))]
)
def test_rows_that_cannot_be_read(
    tmp_path: Path, path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    config = config_of(path, horizon=3)
    with monkeypatch.context() as patch:
        ends_after(3, patch, error)
        with pytest.raises(type(error)):
            finished(config, tmp_path / "out")
    assert_kept(tmp_path / "out", 3 * CHUNK, str(error))
    Run(config, tmp_path / "out", resume=True)()
    assert_same_results(tmp_path / "out", whole)


def test_a_reader_that_fails(tmp_path: Path, path: Path, whole: Path) -> None:
    config = config_of(path, horizon=3)

    def full(first: int, *_: Any) -> None:
        if first >= 2 * CHUNK:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        Run(config, tmp_path / "out")(tell=full)
    assert_kept(tmp_path / "out", 3 * CHUNK, "[Errno 28] No space left on device")
    Run(config, tmp_path / "out", resume=True)()
    assert_same_results(tmp_path / "out", whole)


@pytest.mark.parametrize("checkpoint_seconds", [-1, 10])
def test_an_error_within_a_chunk(
    tmp_path: Path,
    path: Path,
    whole: Path,
    monkeypatch: pytest.MonkeyPatch,
    checkpoint_seconds: int,
) -> None:
    """What is half done is left out; what was saved before it is gone on with."""
    config = config_of(path, horizon=3)
    run = Run(config, tmp_path / "out")
    update = run.books.scoreboard.update

    def torn(first: int, *arguments: Any) -> None:
        if first == 3 * CHUNK:
            raise MemoryError("no more of it")
        update(first, *arguments)

    monkeypatch.setattr(run.books.scoreboard, "update", torn)
    with pytest.raises(MemoryError) as error:
        run(checkpoint_seconds=checkpoint_seconds)
    (note,) = error.value.__notes__
    if checkpoint_seconds > 0:
        assert note.startswith("It came before the first checkpoint, so that no row is kept in ")
        assert not (tmp_path / "out" / "checkpoint" / "state.safetensors").exists()
        return
    assert note.startswith(f"The first {3 * CHUNK} rows are kept in ")
    Run(config, tmp_path / "out", resume=True)()
    assert_same_results(tmp_path / "out", whole)


def test_a_pass_that_has_passed_nothing_leaves_the_folder_as_it_was(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(path, limit=2 * CHUNK)
    finished(config, tmp_path / "out")
    before = (tmp_path / "out" / "metrics.json").read_text()
    ends_after(0, monkeypatch, StreamError("Expected rows."))
    run = Run(config_of(path), tmp_path / "out", resume=True)
    with pytest.raises(StreamError) as error:
        run()
    assert not hasattr(error.value, "__notes__")
    assert (tmp_path / "out" / "metrics.json").read_text() == before


def test_a_disk_that_takes_nothing_does_not_hide_the_error(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends_after(2, monkeypatch, StreamError("Expected rows."))
    run = Run(config_of(path), tmp_path / "out")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run.folder, "save", full)
    with pytest.raises(StreamError, match=r"^Expected rows\.") as error:
        run()
    (note,) = error.value.__notes__
    assert note.startswith("It came before the first checkpoint, so that no row is kept in ")
    assert "[Errno 28] No space left on device" in note


@pytest.mark.parametrize("size", [30, left(500), left(10**6)])
def test_rows_that_come_before_a_bad_one_are_learnt(tmp_path: Path, size: int) -> None:
    """However many of them come at once."""
    lines = shops().splitlines(keepends=True)
    lines[120] = lines[120].replace(b",1\n", b",maybe\n")
    source = io.BytesIO(b"".join(lines))
    config = config_of(Path("-"), **SERIES, valid="counts")
    run = Run(config, tmp_path / "out", pipe=Pipe(lambda: source.read(size)))
    with pytest.raises(StreamError, match="got 'maybe'"):
        run()
    assert_kept(tmp_path / "out", 119, "Expected truth values, or 0 and 1, in the column")


def failing(data: bytes) -> Callable[[], bytes]:
    source = io.BytesIO(data)

    def read() -> bytes:
        block = source.read(500)
        if not block:
            raise ValueError("Expected a device; got none. Try its cable.")
        return block

    return read


@pytest.mark.matrix
def test_a_source_that_fails(tmp_path: Path, whole_live: Path) -> None:
    config = config_of(Path("-"), **SERIES)
    run = Run(config, tmp_path / "out", pipe=Pipe(failing(shops(slice(100)))))
    with pytest.raises(ValueError, match="Try its cable"):
        run()
    assert_kept(tmp_path / "out", 100, "Expected a device; got none. Try its cable.")
    Run(config, tmp_path / "out", resume=True, pipe=pipe(shops(slice(100, None))))()
    found, wanted = predictions(tmp_path / "out"), predictions(whole_live)
    pd.testing.assert_frame_equal(found, wanted, check_exact=True)
