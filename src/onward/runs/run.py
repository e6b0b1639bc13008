"""One pass over a stream: test, then train; scores, predictions and checkpoints on the way."""

import importlib.metadata
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from onward.evaluate.state import State, entries_under
from onward.runs.books import Books
from onward.runs.config import CHUNK, STDIN, RunConfig
from onward.runs.contest import LEARNER, Contest
from onward.runs.folder import RunFolder, beyond, prediction_table
from onward.runs.handover import go_on, warm
from onward.runs.live import LiveRows, open_input
from onward.runs.origin import Origin, calendar_names
from onward.runs.plan import Plan
from onward.runs.progress import Progress
from onward.runs.recent import Recent
from onward.runs.rows import StoredRows
from onward.runs.written import written_learner
from onward.storing import checkpoint
from onward.streams import Chunk, added, fingerprint
from onward.streams.installed import refuse_without
from onward.streams.live import Pipe

# Chunks after which predictions are written, so that their memory stays bounded.
MOST_UNSAVED = 64


class Run:
    """A pass over a stream that can be stopped and resumed at any chunk.

    The chunk boundaries depend on the plan alone, so that a resumed run meets the same ones and
    ends with the same bits.

    Args:
        config: what to run.
        out: the folder for results.
        resume: go on with the checkpoint in `out`.
        command: the command line, for the results.
        origin: the run whose network passes over these rows as if they followed its own; None
            for a new network.
        pipe: where the rows of the stream "-" come from; None for standard input.
        stop: asked while its first row has not come.

    Raises:
        StreamError, ValueError, FolderError, CheckpointError, MemoryBudgetError: raised before
            anything is written but the folder; the message says what to change.
    """

    def __init__(
        self,
        config: RunConfig,
        out: Path,
        *,
        resume: bool = False,
        command: str = "",
        origin: Origin | None = None,
        pipe: Pipe | None = None,
        stop: Callable[[], bool] = lambda: False,
    ):
        refuse_without(("pyarrow",), "the predictions that a run keeps")
        self.config, self.command, self.origin = config, command, origin
        live = config.stream == STDIN
        if live:
            before = Origin.read(out) if resume else origin
            known = before and before.info
            self.rows = LiveRows(open_input(config, pipe or Pipe(), known, stop))
        else:
            self.rows = StoredRows(origin.open(config) if origin else config.open())
        self.stream = self.rows.stream
        # What is wrong with the folder is told before a learner is made, which takes seconds.
        self.folder = RunFolder(out, self._identity(), resume)
        arrays, note = self.folder.load() if resume else ({}, {})
        if resume:
            self.rows.resume(note)
            self.stream = self.rows.stream
        info = self.stream.info
        # A grown stream keeps the warm-up that it had.
        told = note.get("warmup"), note.get("room", 0)
        plan = origin.plan(config, info) if origin else Plan.of(config, info, *told)
        held = (origin.arrays, origin.note) if origin else (arrays, note)
        self.books = Books(plan, written_learner(*held) if origin or resume else None)
        self._passed = int(note.get("fingerprint", "0"), 16)
        self._recent = Recent(info.task, self.plan.outputs, CHUNK)
        if resume:
            self.books.restore(arrays)
        elif origin:
            go_on(self.contest, self.books.ahead, origin.arrays)
            if self.books.intervals:
                self.books.intervals.go_on(entries_under("intervals", origin.arrays))
        elif config.warm_start:
            warm(self.contest, Origin.read(Path(config.warm_start)))
        self.folder.make()

    def __call__(
        self,
        progress: Callable[[Progress], None] = lambda _: None,
        stop: Callable[[], bool] = lambda: False,
        checkpoint_seconds: float = 10.0,
        tell: Callable[[int, Chunk, Mapping[str, np.ndarray]], None] = lambda *_: None,
    ) -> dict[str, Any]:
        """Pass over the rows that are left.

        Args:
            progress: called after every chunk.
            stop: asked after every chunk; True ends the pass with everything on disk.
            checkpoint_seconds: time between checkpoints.
            tell: called with every chunk as soon as it is predicted: its first row, the chunk, and
                what is made at its rows, "onward" and in regression "low" and "high" of the
                interval around it, each of shape (rows, outputs).

        Returns:
            The content of `metrics.json`.
        """
        try:
            self._tell = tell
            self._pass_over(progress, stop, checkpoint_seconds)
            metrics = self.metrics()
            self.folder.finish(metrics)
            if not self.plan.learns:
                self.folder.discard_checkpoint()
            return metrics
        finally:
            self.folder.lock.release()

    @property
    def plan(self) -> Plan:
        """What is run."""
        return self.books.plan

    @property
    def contest(self) -> Contest:
        """The learner beside its opponents."""
        return self.books.contest

    def metrics(self) -> dict[str, Any]:
        """The results so far: see the schema in the report's documentation."""
        books, info = self.books, self.stream.info
        result = books.scoreboard.result()
        return {
            "onward": importlib.metadata.version("onward"),
            "versions": dict(checkpoint.versions()),
            "config": {
                **self._asked(),
                "horizon": self.plan.horizon,
                "warmup": self.plan.warmup,
                "task": info.task,
            },
            "command": self.command,
            "stream": self._told(),
            "counts": {
                "samples": self.contest.row,
                **result["counts"],
                **self.contest.counts,
                "sequences": self.contest.sequences,
            },
            "samples_per_second": self.contest.samples_per_second,
            "complete": self._complete,
            "given_up": self.contest.recovery.given_up,
            "origin": self.origin and self.origin.told,
            "learner": self.plan.describe(self.contest.learner),
            "diagnostics": self.contest.diagnostics,
            "events": books.events.as_list(),
            **{name: part for name, part in result.items() if name != "counts"},
            **({"series": books.series_result(info)} if info.series_name else {}),
            **self._standing(),
            **({"intervals": books.intervals.result()} if books.intervals else {}),
            **({"seeds": books.seeds.result(result)} if books.seeds else {}),
        }

    def _standing(self) -> dict[str, Any]:
        standing, fresh = self.contest.standing, not (self.origin or self.config.warm_start)
        return standing.result(self.contest.state, fresh) if standing else {}

    def _pass_over(
        self,
        progress: Callable[[Progress], None],
        stop: Callable[[], bool],
        checkpoint_seconds: float,
    ) -> None:
        rows: list[Any] = []
        saved = time.monotonic()
        for chunk in self.rows.chunks(self.plan, lambda: self.contest.row, CHUNK, stop):
            if chunk is not None:
                rows.append(self._take(chunk))
                progress(self._progress())
            stopped = stop()
            late = time.monotonic() - saved > checkpoint_seconds
            if rows and (stopped or late or len(rows) >= MOST_UNSAVED):
                self._save(rows)
                rows, saved = [], time.monotonic()
            if stopped:
                break
        self._save([*rows, *self._beyond(rows)])

    def _beyond(self, rows: list[Any]) -> list[Any]:
        """Predictions of the rows after the last one, where these are asked for."""
        several = self.stream.info.series_name is not None
        if self.origin is None or several or not (self.plan.horizon and self._complete and rows):
            return []
        waiting, intervals = self.books.ahead.state(), self.books.intervals
        ends = intervals and _of_one_series(intervals.ahead.state())
        return [beyond(rows[-1], self.stream.info, _of_one_series(waiting), ends)]

    def _take(self, chunk: Chunk) -> Any:
        """Predict, learn and score one chunk; return its rows of the table of predictions."""
        self.books = self.books.with_room(self.stream.info)
        first = self.contest.row
        scored = self.books.take(chunk, partial(self._tell, first, chunk))
        self.rows.passed(chunk, first)
        self._passed = added(self._passed, fingerprint(chunk, first))
        self._recent.add(scored.y, scored.due[LEARNER])
        told = (chunk.time, scored.y, scored.due, scored.ends)
        return prediction_table(self.stream.info, first, *told)

    def _progress(self) -> Progress:
        speed = self.contest.samples_per_second
        return Progress(self.contest.row, self.plan.length, speed, self._recent.score)

    @property
    def _complete(self) -> bool:
        return self.rows.complete(self.plan, self.contest.row)

    def _identity(self) -> dict[str, Any]:
        info = self.stream.info
        return {
            **{name: value for name, value in self._asked().items() if name != "limit"},
            "onward": importlib.metadata.version("onward"),
            "columns": [*info.feature_names, *info.target_names],
            "class_names": list(info.class_names),
        }

    def _asked(self) -> dict[str, Any]:
        """The configuration, with names as columns have them, however they were written."""
        config, info = self.config, self.stream.info
        made = calendar_names(info) if config.calendar else ()
        features = [name for name in info.feature_names if name not in made]
        named = {"features": features} if config.features is not None else {}
        return {**config.as_dict(), "target": list(info.target_names), **named}

    def _told(self) -> dict[str, Any]:
        """The stream as this run reads it."""
        length = self.contest.row if self.plan.length is None else self.plan.length
        return {**asdict(self.stream.info), "length": length}

    def _save(self, rows: list[Any]) -> None:
        """Write the predictions of these rows, and a checkpoint that `onward.load` takes."""
        mover, state = self.contest.mover, self.contest.state
        arrays, note = checkpoint.packed(mover, state, "contest/learner")
        arrays |= self.books.state()
        note |= {"stream": self._told(), "row": self.contest.row}
        plan = self.plan
        note |= {"warmup": plan.warmup, "horizon": plan.horizon, "room": plan.room}
        note |= self.rows.note
        self.folder.save(arrays, rows, {**note, "fingerprint": f"{self._passed:016x}"})


def _of_one_series(arrays: State) -> State:
    """Of arrays with a first axis of series those of the first."""
    return {name: array[0] for name, array in arrays.items()}
