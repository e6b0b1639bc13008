"""One row a stream: the law tests run over all of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from onward.streams import (
    Cortex,
    DelayedRecall,
    Lorenz,
    MackeyGlass,
    RiverSet,
    Sine,
    Stream,
    from_arrays,
    from_table,
    open_file,
    open_stream,
)
from onward.streams.river_sets import RIVER_SETS


def example_frame(rows: int) -> pd.DataFrame:
    """Return rows of every kind of column that a file may hold."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "date": pd.date_range("2020-03-01", periods=rows, freq="h"),
            "level": random.normal(size=rows),
            "count": random.integers(0, 200, rows),
            "open": random.random(rows) < 0.5,
            "kind": random.choice(["red", "green", "blue"], rows),
            "price": random.normal(size=rows),
        }
    )
    frame.loc[[1, rows // 2], "level"] = np.nan
    frame.loc[[2, rows - 2], "price"] = np.nan
    frame.loc[3, "level"] = np.inf
    frame.loc[4, "level"] = -np.inf
    frame.loc[5, "level"] = 1e30
    return frame


def write_csv(folder: Path, rows: int, name: str = "example.csv") -> Path:
    path = folder / name
    separator = "\t" if ".tsv" in name else ","
    example_frame(rows).to_csv(path, index=False, sep=separator)
    return path


def write_parquet(folder: Path, rows: int) -> Path:
    path = folder / "example.parquet"
    example_frame(rows).to_parquet(path, index=False, row_group_size=10)
    return path


def write_npz(folder: Path, rows: int) -> Path:
    path = folder / "example.npz"
    frame = example_frame(rows)
    arrays: dict[str, Any] = {name: frame[name].to_numpy() for name in frame.columns}
    arrays["kind"] = frame["kind"].to_numpy(str)
    np.savez(path, **arrays)
    return path


def write_csvs(folder: Path, rows: int) -> list[Path]:
    """Three files of fewer and fewer rows."""
    names = ("first", "second", "third")
    return [write_csv(folder, rows - 9 * i, f"{name}.csv") for i, name in enumerate(names)]


def write_trials(folder: Path) -> Path:
    random = np.random.default_rng(0)
    trials, length = 20, 7
    np.savez(
        folder / "trials.npz",
        counts=random.poisson(2, (trials, length, 3)),
        cue=random.integers(0, 3, trials),
        mask=np.arange(length) < random.integers(1, length, (trials, 1)),
    )
    return folder / "trials.npz"


BOTH = {"start": "kind", "weight": "count"}
ALL: Any = {"series": "kind", "start": "open", "phases": "open", "gap": "90min"}
STREAMS: dict[str, Callable[[Path], Stream]] = {
    "sine": lambda folder: Sine(length=501, seed=3),
    "lorenz": lambda folder: Lorenz(length=301, seed=3),
    "mackey-glass": lambda folder: MackeyGlass(length=301, seed=3),
    "cortex": lambda folder: Cortex(length=401, seed=3),
    "delayed-recall": lambda folder: DelayedRecall(length=301, seed=3),
    **{name: (lambda folder, name=name: RiverSet(name)) for name in RIVER_SETS},
    "some columns": lambda folder: open_stream("lorenz", target="z", features=["y", "x"]),
    "csv": lambda folder: open_file(write_csv(folder, 57), "price"),
    "csv of classes": lambda folder: open_file(write_csv(folder, 57), "kind"),
    "csv of several blocks": lambda folder: open_file(write_csv(folder, 30_000), "price"),
    "csv.gz": lambda folder: open_file(write_csv(folder, 57, "example.csv.gz"), "price"),
    "tsv": lambda folder: open_file(write_csv(folder, 57, "example.tsv"), "price"),
    "tsv.gz": lambda folder: open_file(write_csv(folder, 57, "example.tsv.gz"), "open"),
    "parquet": lambda folder: open_file(write_parquet(folder, 57), ["price", "count"]),
    "parquet of classes": lambda folder: open_file(write_parquet(folder, 57), "kind"),
    "npz": lambda folder: open_file(write_npz(folder, 57), "price"),
    "npz of several batches": lambda folder: open_file(write_npz(folder, 20_000), "kind"),
    "csv with sequences": lambda folder: open_file(write_csv(folder, 30_000), "price", **BOTH),
    "parquet with sequences": lambda folder: open_file(write_parquet(folder, 57), "price", **BOTH),
    "npz with sequences": lambda folder: open_file(write_npz(folder, 57), "price", **BOTH),
    "csv with series": lambda folder: open_file(write_csv(folder, 30_000), "price", **ALL),
    "parquet with series": lambda folder: open_file(
        write_parquet(folder, 157), "price", valid="open", **{**ALL, "start": "count"}
    ),
    "csv files": lambda folder: open_file(write_csvs(folder, 57), "kind"),
    "csv files with series": lambda folder: open_file(
        write_csvs(folder, 57), "price", valid="open", calendar=True, **{**ALL, "start": None}
    ),
    "trials": lambda folder: open_file(write_trials(folder), "cue", valid="mask"),
    "table": lambda folder: from_table(example_frame(57), "price", **ALL),
    "no features": lambda folder: from_arrays(None, np.arange(57.0) % 7, np.arange(57)),
}
