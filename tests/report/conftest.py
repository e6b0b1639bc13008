"""Made-up runs: metrics as the scoreboard writes them, and the table of predictions."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from onward.evaluate import Scoreboard

LEARNERS = ("onward", "frozen after warm-up", "last label", "linear (RLS)")


class Run(NamedTuple):
    metrics: dict
    predictions: Path


@pytest.fixture
def make_run(tmp_path):
    """Make a run of any size; `names` are the targets or, in classification, the classes."""

    def make(
        task="regression",
        names=("temperature (°C)",),
        rows=400,
        done=None,
        learners=LEARNERS,
        **more,
    ):
        random = np.random.default_rng(0)
        done = rows if done is None else done
        if task == "regression":
            y = random.normal(size=(rows, len(names))) + 5
            guesses = {
                name: y + (1 + index) / 4 * random.normal(size=y.shape)
                for index, name in enumerate(learners)
            }
        else:
            y = random.integers(0, len(names), (rows, 1)).astype(float)
            guesses = {
                name: random.dirichlet(np.ones(len(names)), rows)
                + np.eye(len(names))[y[:, 0].astype(int)] / (1 + index)
                for index, name in enumerate(learners)
            }
            guesses = {name: p / p.sum(axis=1, keepdims=True) for name, p in guesses.items()}
        y[5:9, 0] = np.nan
        for guess in guesses.values():
            guess[:3] = np.nan
        for name in more.pop("silent", ()):
            guesses[name] = np.full_like(next(iter(guesses.values())), np.nan)
        board = Scoreboard(task, len(names), list(guesses), more.pop("phases", ()))
        phase = np.arange(done) % len(board.phases) if board.phases else None
        board.update(0, y[:done], {name: guess[:done] for name, guess in guesses.items()}, phase)
        path = tmp_path / "predictions.parquet"
        table = _table(task, names, y, guesses).iloc[:done]
        if more.pop("time", False):
            table["time"] = pd.date_range("2024-03-01", periods=rows, freq="10min")[:done]
        table.to_parquet(path)
        return Run(_metrics(task, names, rows, done, board.result()) | more, path)

    return make


def _table(task, names, y, guesses):
    columns = {"row": np.arange(len(y))}
    if task == "regression":
        for index, name in enumerate(names):
            columns[f"true:{name}"] = y[:, index]
            columns |= {f"{key}:{name}": guess[:, index] for key, guess in guesses.items()}
        return pd.DataFrame(columns)
    classes = np.array([*names, None], object)
    columns["true"] = classes[np.where(np.isnan(y[:, 0]), -1, y[:, 0]).astype(int)]
    for key, guess in guesses.items():
        columns[key] = classes[np.where(np.isnan(guess[:, 0]), -1, guess.argmax(axis=1))]
    return pd.DataFrame(columns)


def _metrics(task, names, rows, done, result):
    return {
        "onward": "0.1.0",
        "versions": {"python": "3.11.7", "jax": "0.6.0"},
        "config": {"stream": "boiler.csv", "cell": "gru", "hidden": 64, "horizon": 3},
        "command": "onward run boiler.csv --horizon 3",
        "stream": {
            "name": "boiler",
            "task": task,
            "feature_names": ["a", "b"],
            "target_names": list(names) if task == "regression" else ["state"],
            "class_names": list(names) if task == "classification" else [],
            "length": rows,
            "origin": "boiler.csv",
            "warnings": [],
        },
        "counts": {"samples": done, **result["counts"], "skipped": 7, "sequences": None},
        "samples_per_second": 18412.3,
        "complete": done == rows,
        "learner": "GRU · Immediate · rmsprop",
        "diagnostics": {"norm_ratio": 0.5, "cosine": None},
        **{key: result[key] for key in ("learners", "phases", "rolling", "gain")},
    }
