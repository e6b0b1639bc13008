"""What `onward run` does where nothing is chosen, its network frozen after warm-up, and each member
of its mixture: all from one pass."""

from dataclasses import dataclass

import numpy as np

from benchmarks.streams.columns import MEMBER
from benchmarks.streams.peers.onward_members import Watched
from benchmarks.streams.peers.protocol import Answer, Job, answer, labels_of
from onward.runs import Plan, RunConfig
from onward.runs.config import CHUNK
from onward.runs.contest import FROZEN, LEARNER
from onward.runs.rows import StoredRows
from onward.streams import Stream, from_arrays

NAMES = {LEARNER: "onward", FROZEN: "frozen"}


@dataclass(frozen=True)
class Passed:
    """What a pass over a stream gives.

    Attributes:
        made: of each contestant its predictions, in the units of the stream, shape (rows, outputs).
        members: likewise of each member of the mixture.
        seconds: of CPU time of the learner alone, a row; None where all it did was to compile.
    """

    made: dict[str, np.ndarray]
    members: dict[str, np.ndarray]
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
    contest, parts = Watched(plan), []
    # Short streams in tenths: speed is measured on lengths that have been compiled before.
    chunk = CHUNK if rows >= 4 * CHUNK else max(1, rows // 10)
    for taken in StoredRows(stream).chunks(plan, lambda: contest.row, chunk, lambda: False):
        parts.append(contest.observe(taken))
    made = {name: np.concatenate([part[name] for part in parts]) for name in NAMES}
    members, offsets = contest.alone(), stream.info.target_offsets
    if offsets:
        made, members = (
            {name: each.astype(np.float64) + offsets for name, each in group.items()}
            for group in (made, members)
        )
    return Passed(made, members, contest.seconds)


def run(job: Job) -> Answer:
    """Predictions of the learner, of its frozen twin and of each member: a named column each."""
    task = "classification" if job.classes else "regression"
    y = as_classes(job.y) if job.classes else job.y
    stream = from_arrays(job.x, y, task=task, name="stream")
    passed = onward_default(stream, job.horizon, job.seed)
    columns = {NAMES[name]: made for name, made in passed.made.items()}
    columns |= {MEMBER + name: made for name, made in passed.members.items()}
    made = np.empty(len(job.y), [(name, np.float64) for name in columns])
    for name, column in columns.items():
        labels = labels_of(column.astype(np.float64), job.classes)
        if job.classes:
            # A class that no row of the stream has is unknown to it.
            numbers = np.array([float(name) for name in stream.info.class_names])
            known = np.isfinite(labels)
            labels = np.where(known, numbers[np.where(known, labels, 0).astype(int)], np.nan)
        made[name] = labels
    return made, passed.seconds


def as_classes(y: np.ndarray) -> np.ndarray:
    """Labels as text, so that they are classes whatever their number."""
    return np.array([f"{label:.0f}" if np.isfinite(label) else "" for label in y], object)


if __name__ == "__main__":
    answer(run)
