"""One pass over a stream: test, then train; scores, predictions and checkpoints on the way."""

import importlib.metadata
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from onward.evaluate import ClassificationScore, RegressionScore, Scoreboard
from onward.evaluate.state import entries_under, nest
from onward.learning import checkpoint
from onward.runs.config import CHUNK, Plan, RunConfig
from onward.runs.contest import LEARNER, Contest
from onward.runs.folder import RunFolder, prediction_table
from onward.streams import Chunk, Stream
from onward.streams.installed import refuse_without

RECENT_CHUNKS = 4


@dataclass(frozen=True)
class Progress:
    """How far a run has come.

    Attributes:
        row: rows passed.
        length: rows in all.
        samples_per_second: of the learner alone; None while it has done nothing but compile.
        score: R² or accuracy of the learner over the last rows; None before any.
    """

    row: int
    length: int
    samples_per_second: float | None
    score: float | None


class Run:
    """A pass over a stream that can be stopped and resumed at any chunk.

    The chunk boundaries depend on the plan alone, so that a resumed run meets the same ones and
    ends with the same bits.

    Args:
        config: what to run.
        out: the folder for results.
        resume: go on with the checkpoint in `out`.
        command: the command line, for the results.

    Raises:
        StreamError, ValueError, FolderError, CheckpointError, MemoryBudgetError: raised before
            anything is written but the folder; the message says what to change.
    """

    def __init__(self, config: RunConfig, out: Path, *, resume: bool = False, command: str = ""):
        refuse_without(("pyarrow",), "the predictions that a run keeps")
        self.config, self.command = config, command
        self.stream: Stream = config.open()
        self.plan = Plan.of(config, self.stream.info)
        # What is wrong with the folder is told before a learner is made, which takes seconds.
        self.folder = RunFolder(out, self._identity(), resume)
        saved = self.folder.load() if resume else None
        self.contest = Contest(self.plan)
        self.scoreboard = Scoreboard(
            self.stream.info.task, self.plan.length, self.plan.outputs, self.contest.names
        )
        nothing = np.full((self.plan.horizon, self.plan.outputs), np.nan)
        # Predictions made, whose target rows are still to come.
        self.ahead = dict.fromkeys(self.contest.names, nothing)
        self._recent: deque[tuple[np.ndarray, np.ndarray]] = deque(maxlen=RECENT_CHUNKS)
        if saved is not None:
            self._restore(saved)
        self.folder.make()

    def __call__(
        self,
        progress: Callable[[Progress], None] = lambda _: None,
        stop: Callable[[], bool] = lambda: False,
        checkpoint_seconds: float = 10.0,
    ) -> dict[str, Any]:
        """Pass over the rows that are left.

        Args:
            progress: called after every chunk.
            stop: asked after every chunk; True ends the pass with everything on disk.
            checkpoint_seconds: time between checkpoints.

        Returns:
            The content of `metrics.json`.
        """
        rows: list[Any] = []
        saved = time.monotonic()
        for chunk in self._chunks():
            rows.append(self._take(chunk))
            progress(self._progress())
            stopped = stop()
            if stopped or time.monotonic() - saved > checkpoint_seconds:
                self._save(rows)
                rows, saved = [], time.monotonic()
            if stopped:
                break
        self._save(rows)
        metrics = self.metrics()
        self.folder.finish(metrics)
        return metrics

    def metrics(self) -> dict[str, Any]:
        """The results so far: see the schema in the report's documentation."""
        info, result = self.stream.info, self.scoreboard.result()
        counters = self.contest.state.counters
        return {
            "onward": importlib.metadata.version("onward"),
            "versions": dict(checkpoint.versions()),
            "config": {
                **self.config.as_dict(),
                "horizon": self.plan.horizon,
                "warmup": self.plan.warmup,
                "task": info.task,
            },
            "command": self.command,
            "stream": self._told(),
            "counts": {
                "samples": self.contest.row,
                **result["counts"],
                "skipped": int(counters.skipped),
                "sequences": self.contest.sequences,
            },
            "samples_per_second": self.contest.samples_per_second,
            "complete": self.contest.row == self.plan.length,
            "learner": self.plan.describe(self.contest.learner),
            "diagnostics": self.contest.diagnostics,
            "learners": result["learners"],
            "rolling": result["rolling"],
        }

    def _chunks(self) -> Iterator[Chunk]:
        """The rows left, cut where the warm-up ends."""
        for begin, end in ((0, self.plan.warmup), (self.plan.warmup, self.plan.length)):
            row = max(begin, self.contest.row)
            if row >= end:
                continue
            for chunk in self.stream.chunks(CHUNK, row):
                yield chunk.cut(slice(end - self.contest.row))
                if self.contest.row >= end:
                    break

    def _take(self, chunk: Chunk) -> Any:
        """Predict, learn and score one chunk; return its rows of the table of predictions."""
        first, made = self.contest.row, self.contest.observe(chunk)
        y, due = self.contest.labels(chunk.y), {}
        for name, prediction in made.items():
            whole = np.concatenate([self.ahead[name], prediction])
            due[name], self.ahead[name] = whole[: len(y)], whole[len(y) :]
        self.scoreboard.update(first, y, due)
        self._recent.append((y, due[LEARNER]))
        return prediction_table(self.stream.info, first, chunk.time, y, due)

    def _progress(self) -> Progress:
        regression = self.stream.info.task == "regression"
        score = (RegressionScore if regression else ClassificationScore)(self.plan.outputs)
        for y, prediction in self._recent:
            score.update(y, prediction)
        value = score.result()["r2" if regression else "accuracy"]
        speed = self.contest.samples_per_second
        return Progress(self.contest.row, self.plan.length, speed, value)

    def _identity(self) -> dict[str, Any]:
        info = self.stream.info
        return {
            **self.config.as_dict(),
            "onward": importlib.metadata.version("onward"),
            "rows": info.length,
            "columns": [*info.feature_names, *info.target_names],
            "classes": list(info.class_names),
        }

    def _told(self) -> dict[str, Any]:
        """The stream as this run reads it."""
        return {**asdict(self.stream.info), "length": self.plan.length}

    def _save(self, rows: list[Any]) -> None:
        """Write the predictions of these rows, and a checkpoint that `onward.load` takes."""
        learner, state = self.contest.learner, self.contest.state
        arrays, note = checkpoint.packed(learner, state, "contest/learner")
        arrays |= nest("contest", self.contest.state_arrays())
        arrays |= nest("scoreboard", self.scoreboard.state()) | nest("ahead", self.ahead)
        self.folder.save(arrays, rows, {**note, "stream": self._told()})

    def _restore(self, arrays: dict[str, np.ndarray]) -> None:
        self.contest.restore(entries_under("contest", arrays))
        self.scoreboard.restore(entries_under("scoreboard", arrays))
        self.ahead = entries_under("ahead", arrays)
