"""Small runs: streams of a few hundred rows, and chunks of fifty, so that one length compiles."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd
import pytest

from onward.runs import Run, RunConfig
from onward.storing import store

ROWS, CHUNK, SIZE = 300, 50, 4
FEATURES, TARGETS = 3, 2
REGRESSION = ("u", "v")
KINDS = ("high", "low", "middle")
BASELINES = {
    "regression": ("last label", "running mean", "linear (RLS)"),
    "classification": ("last label", "majority class", "logistic (RLS)"),
}
SPEEDS = ("contest/timed", "contest/standing/seconds")


@pytest.fixture
def single_precision(untyped: None) -> Iterator[None]:
    """Numbers as a user has them: what counts as too large a number depends on it."""
    jax.config.update("jax_enable_x64", False)
    yield
    jax.config.update("jax_enable_x64", True)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of `CHUNK` rows in place of a thousand."""
    monkeypatch.setattr("onward.runs.run.CHUNK", CHUNK)


def example(rows: int = ROWS) -> dict[str, np.ndarray]:
    """Columns of a stream in which the past tells something: features, two targets, three kinds."""
    random = np.random.default_rng(0)
    x = random.normal(size=(rows, FEATURES)).astype(np.float32)
    slow = np.zeros_like(x)
    for row in range(1, rows):
        slow[row] = 0.8 * slow[row - 1] + x[row]
    y = (slow[:, :TARGETS] + 0.3 * random.normal(size=(rows, TARGETS))).astype(np.float32)
    kinds = np.array(["low", "middle", "high"])[np.digitize(slow[:, 2], (-0.7, 0.7))]
    features = {name: x[:, index] for index, name in enumerate("abc")}
    targets = {name: y[:, index] for index, name in enumerate(REGRESSION)}
    return {**features, **targets, "kind": kinds}


def with_gaps(rows: int = ROWS) -> dict[str, np.ndarray]:
    """The same with some labels missing and some features that cannot be used."""
    columns = example(rows)
    columns["u"][[0, 60, 61, rows - 1]] = np.nan
    columns["v"][[0, 100]] = np.nan
    columns["kind"][[0, 60, 61, rows - 1]] = ""
    columns["a"][[40, 140]] = np.nan, np.inf
    columns["b"][[140, 200]] = -np.inf, 1e30
    return columns


GAPPY = (40, 140, 200)


def write(path: Path, columns: dict[str, np.ndarray]) -> Path:
    """Write a file from which the very same numbers are read."""
    np.savez(path, **columns)
    return path


def config_of(path: Path, target: tuple[str, ...] = REGRESSION, **changes: Any) -> RunConfig:
    """A small network on the features of `example`, spared the probing of its cell."""
    small = {
        "learner": "network",
        "features": ("a", "b", "c"),
        "size": SIZE,
        "warmup": CHUNK,
        "optimizer": "rmsprop",
    }
    return RunConfig(str(path), target=target, **(small | changes))


def stop_after(chunks: int) -> Callable[[], bool]:
    """A reason to stop that comes true after so many chunks."""
    left = iter(range(chunks - 1, -1, -1))
    return lambda: next(left) == 0


def predictions(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "predictions.parquet")


def column(frame: pd.DataFrame, name: str) -> np.ndarray:
    """The predictions of a learner, or the truth, shape (rows, targets)."""
    return frame[[f"{name}:{target}" for target in REGRESSION]].to_numpy()


def names(task: str) -> tuple[str, ...]:
    """All contestants, in their order."""
    return ("onward", "frozen after warm-up", *BASELINES[task])


def metrics(folder: Path) -> dict[str, Any]:
    """The content of metrics.json, which must be JSON without NaN and infinities."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in metrics.json")

    return json.loads((folder / "metrics.json").read_text("utf-8"), parse_constant=refuse)


def results(folder: Path) -> dict[str, Any]:
    """What two equal runs agree on: all but how fast they were and how they were called."""
    found = metrics(folder)
    for member in found.get("members", ()):
        del member["seconds_share"]
    return {key: found[key] for key in found if key not in ("samples_per_second", "command")}


def finished(config: RunConfig, folder: Path) -> Run:
    """A run from start to end."""
    run = Run(config, folder)
    run()
    return run


def files_in(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def assert_same_results(folder: Path, expected: Path) -> None:
    """To the bit: predictions, scores, and the checkpoint but for the clock; and no file more."""
    assert files_in(folder) == files_in(expected)
    pd.testing.assert_frame_equal(predictions(folder), predictions(expected), check_exact=True)
    assert results(folder) == results(expected)
    place = Path("checkpoint", "state.safetensors")
    files = [store.read(path / place) for path in (folder, expected)]
    (arrays, note), (expected_arrays, expected_note) = files
    assert note == expected_note and set(arrays) == set(expected_arrays)
    for name in set(arrays) - set(SPEEDS):
        np.testing.assert_array_equal(arrays[name], expected_arrays[name], name, strict=True)
