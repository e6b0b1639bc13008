"""What `onward run` does where nothing is chosen, and the same network frozen after warm-up."""

from dataclasses import dataclass

import numpy as np

from benchmarks.streams.peers.protocol import Answer, Job, answer, labels_of
from onward.runs import Contest, Plan, RunConfig
from onward.runs.config import CHUNK
from onward.runs.contest import FROZEN, LEARNER
from onward.runs.rows import StoredRows
from onward.streams import Stream, from_arrays

NAMES = {"onward": LEARNER, "frozen": FROZEN}


@dataclass(frozen=True)
class Passed:
    """What a pass over a stream gives.

    Attributes:
        made: of each contestant its predictions, in the units of the stream, shape (rows, outputs).
        seconds: of the learner alone, a row; None where all it did was to compile.
    """

    made: dict[str, np.ndarray]
    seconds: float | None


def onward_default(stream: Stream, horizon: int, seed: int) -> Passed:
    """The default of `onward run` on a stream.

    Args:
        stream: to pass over.
        horizon: rows between a prediction and its target row.
        seed: of the initial weights.
    """
    rows = stream.info.length
    plan = Plan.of(RunConfig(stream.info.name, horizon=horizon, seed=seed), stream.info)
    contest, parts = Contest(plan), []
    # Short streams in tenths: speed is measured on lengths that have been compiled before.
    chunk = CHUNK if rows >= 4 * CHUNK else max(1, rows // 10)
    for taken in StoredRows(stream).chunks(plan, lambda: contest.row, chunk, lambda: False):
        parts.append(contest.observe(taken))
    made = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    offsets = stream.info.target_offsets
    if offsets:
        made = {name: each.astype(np.float64) + offsets for name, each in made.items()}
    speed = contest.samples_per_second
    return Passed(made, speed and 1 / speed)


def run(job: Job) -> Answer:
    """Predictions of the learner, or of its frozen twin."""
    task = "classification" if job.classes else "regression"
    y = as_classes(job.y) if job.classes else job.y
    stream = from_arrays(job.x, y, task=task, name="stream")
    passed = onward_default(stream, job.horizon, job.seed)
    made = labels_of(passed.made[NAMES[job.contestant]].astype(np.float64), job.classes)
    if job.classes:
        # A class that no row of the stream has is unknown to it.
        numbers = np.array([float(name) for name in stream.info.class_names])
        made = np.where(np.isfinite(made), numbers[np.nan_to_num(made).astype(int)], np.nan)
    return made, passed.seconds if job.contestant == "onward" else None


def as_classes(y: np.ndarray) -> np.ndarray:
    """Labels as text, so that they are classes whatever their number."""
    return np.array([f"{label:.0f}" if np.isfinite(label) else "" for label in y], object)


if __name__ == "__main__":
    answer(run)
