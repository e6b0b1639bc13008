"""What every contestant's process does: read a stream, pass over it, answer. Needs NumPy alone."""

import json
import re
import resource
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from benchmarks.streams.scoring import Score


@dataclass(frozen=True)
class Job:
    """A stream, and how to pass over it.

    Attributes:
        contestant: its name.
        x: features, float64, shape (rows, features), NaN where missing.
        y: labels, float64, shape (rows,), NaN where missing; of classes whole numbers from 0.
        classes: how many classes there are; 0 in regression.
        horizon: rows between a prediction and its target row.
        season: rows in a season that is known beforehand; 1 for none.
        score: what is measured.
        seed: of what the contestant draws.
    """

    contestant: str
    x: np.ndarray
    y: np.ndarray
    classes: int
    horizon: int
    season: int
    score: Score
    seed: int


class Online(Protocol):
    """A model that learns row by row."""

    def predict(self, x: np.ndarray) -> float:
        """The label of a row, or the class's number; NaN where there is nothing to say yet."""
        ...

    def learn(self, x: np.ndarray, y: float) -> None:
        """Learn from a row and its label."""
        ...


# Predictions, shape (rows,), and seconds a row; None where they were not measured.
Answer = tuple[np.ndarray, float | None]


def filled(x: np.ndarray) -> np.ndarray:
    """Features with the last value of their column where they are missing; 0 before any."""
    finite = np.isfinite(x)
    rows = np.maximum.accumulate(np.where(finite, np.arange(len(x))[:, None], 0), axis=0)
    return np.nan_to_num(np.take_along_axis(x, rows, axis=0), nan=0.0, posinf=0.0, neginf=0.0)


def beside_newest(x: np.ndarray, newest: float, classes: int) -> np.ndarray:
    """Features beside the newest label that has arrived: a number, or 1 at its class.

    Args:
        x: features of a row, shape (features,).
        newest: the label; NaN before any, which reads as 0.
        classes: 0 in regression.
    """
    if not classes:
        return np.append(x, np.nan_to_num(newest))
    return np.append(x, np.arange(classes) == newest)


def pass_over(model: Online, job: Job, fed: bool) -> Answer:
    """Predict each row, then learn from the label that arrives.

    With horizon 0 the label of a row arrives after its prediction; with horizon h >= 1 the label
    of row t arrives before the prediction at row t and is learnt beside the features of row t - h.

    Args:
        model: untouched.
        job: the stream.
        fed: whether the newest label that has arrived is among the features.
    """
    x, late = filled(job.x), job.horizon
    made, newest, learnt = np.full(len(x), np.nan), float("nan"), False
    waiting: deque[np.ndarray] = deque(maxlen=late + 1)
    began = time.process_time()
    for row, label in enumerate(job.y):
        known = np.isfinite(label)
        if late and known:
            if len(waiting) >= late:
                model.learn(waiting[-late], label)
                learnt = True
            newest = label
        shown = beside_newest(x[row], newest, job.classes) if fed else x[row]
        # Some say 0 as long as they know nothing, which would count against them.
        made[row] = model.predict(shown) if learnt else np.nan
        waiting.append(shown)
        if known and not late:
            model.learn(shown, label)
            newest, learnt = label, True
    return made, (time.process_time() - began) / len(x)


def labels_of(made: np.ndarray, classes: int) -> np.ndarray:
    """Predictions of Onward as labels: the number, or the likeliest class; NaN where none was made.

    Args:
        made: shape (rows, 1), or probabilities of shape (rows, classes).
        classes: 0 in regression.
    """
    if not classes:
        return made[:, 0]
    known = np.isfinite(made).all(axis=1)
    return np.where(known, np.nan_to_num(made).argmax(axis=1), np.nan)


def peak_bytes() -> int:
    """The most memory that this process has held."""
    status = Path("/proc/self/status")
    if status.exists():
        # Linux's ru_maxrss begins with what the process held that has started this one.
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return 1024 * int(found[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def answer(run: Callable[[Job], Answer]) -> None:
    """Do the job that the first argument describes, and print what came of it as JSON.

    Args:
        run: predicts the stream of a job.
    """
    asked = json.loads(sys.argv[1])
    with np.load(asked.pop("samples")) as file:
        x, y = file["x"], file["y"]
    out = asked.pop("out")
    made, seconds = run(Job(x=x, y=y, **asked))
    np.save(out, made)
    peak = peak_bytes()
    micros = None if seconds is None else 1e6 * seconds
    print(json.dumps({"micros": micros, "megabytes": peak / 1e6}))
