"""One pass over a stream: test, then train; scores, predictions and checkpoints on the way."""

import importlib.metadata
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from onward.evaluate.state import entries_under
from onward.runs.ahead import of_one_series
from onward.runs.books import Books
from onward.runs.config import CHUNK, STDIN, RunConfig
from onward.runs.contest import LEARNER, Contest
from onward.runs.ended import Held, kept
from onward.runs.folder import RunFolder, beyond, prediction_table
from onward.runs.handover import go_on, warm
from onward.runs.identity import asked, identity
from onward.runs.live import open_rows
from onward.runs.origin import Origin
from onward.runs.plan import Plan
from onward.runs.progress import Progress
from onward.runs.recent import Recent
from onward.runs.rows import StoredRows
from onward.runs.written import written_learner
from onward.storing import checkpoint
from onward.streams import Chunk, Stream, added
from onward.streams.installed import refuse_without
from onward.streams.live import LiveStream, Pipe

# Chunks after which predictions are written, so that their memory stays bounded.
MOST_UNSAVED = 64


class Run:
    """A pass over a stream that can be stopped and resumed at any chunk.

    The chunk boundaries depend on the plan alone, so that a resumed run meets the same ones and
    ends with the same bits.

    Args:
        config: what to run.
        out: the folder for results.
        resume: go on with the checkpoint in `out`, and with what was read of the stream "-".
        command: the command line, for the results.
        origin: the run whose network passes over these rows as if they followed its own; None
            for a new network.
        pipe: where the rows of the stream "-" come from; None for standard input.
        stop: asked while its first row has not come.

    Attributes:
        left: the content of `metrics.json` after a pass that an error has ended; None before, and
            where the error left none.

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
        self.left: dict[str, Any] | None = None
        self.config, self.command, self.origin = config, command, origin
        known, again = None, resume
        if config.stream == STDIN:
            self.rows = open_rows(config, pipe or Pipe(), out, origin, resume, stop)
            known, resume = self.rows.known, resume and not self.rows.fresh
        else:
            self.rows = StoredRows(origin.open(config) if origin else config.open())
        # What is wrong with the folder is told before a learner is made, which takes seconds.
        self.folder = RunFolder(out, identity(config, self.stream.info), again)
        arrays, note = self.folder.load() if resume else ({}, {})
        if resume:
            self.rows.resume(note)
        info = self.stream.info
        if resume and known:
            # The first row may be of a series that there is no room for yet.
            met = {name: getattr(known, name) for name in ("series_names", "phase_names")}
            info = replace(info, **met)
        # A grown stream keeps the warm-up that it had.
        told = note.get("warmup"), note.get("room", 0)
        plan = origin.plan(config, info) if origin else Plan.of(config, info, *told)
        held = (origin.arrays, origin.note) if origin else (arrays, note)
        self.books = Books(plan, written_learner(*held) if origin or resume else None)
        self._passed = int(note.get("fingerprint", "0"), 16)
        # Predictions that are not on disk yet, and how many rows the checkpoint there has passed.
        self._unsaved: list[Any] = []
        self._saved = self._began = note.get("row", 0)
        # The stream as it was at the last whole chunk; whether a chunk is half done.
        self._info, self._torn = info, False
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
        self.rows.begin()

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

        Raises:
            Exception: whatever ends the pass early, as rows that cannot be read, or too little
                memory for more series. Every whole chunk before it is on disk, and a note of the
                error says where.
        """
        try:
            self._tell = tell
            self._pass_over(progress, stop, checkpoint_seconds)
            return self._finish()
        except Exception as error:
            if self.contest.row > self._began:
                error.add_note(self._keep(error))
            raise
        finally:
            self.folder.lock.release()

    @property
    def stream(self) -> Stream | LiveStream:
        """The rows that are passed over."""
        return self.rows.stream

    @property
    def plan(self) -> Plan:
        """What is run."""
        return self.books.plan

    @property
    def contest(self) -> Contest:
        """The learner beside its opponents."""
        return self.books.contest

    def metrics(self, error: Exception | None = None) -> dict[str, Any]:
        """The results so far: see the schema in the report's documentation.

        Args:
            error: what has ended the pass early, if anything has.
        """
        books, info, result = self.books, self._info, self.books.scoreboard.result()
        return {
            "onward": importlib.metadata.version("onward"),
            "versions": dict(checkpoint.versions()),
            "config": {
                **asked(self.config, info),
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
            "complete": self._complete and error is None,
            "error": error and str(error),
            "given_up": self.contest.recovery.given_up,
            "restarts": self.contest.recovery.told,
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
        saved = time.monotonic()
        for chunk in self.rows.chunks(self.plan, lambda: self.contest.row, CHUNK, stop):
            if chunk is not None:
                self._take(chunk)
                progress(self._progress())
            stopped = stop()
            late = stopped or time.monotonic() - saved > checkpoint_seconds
            if self.rows.due or (self._unsaved and (late or len(self._unsaved) >= MOST_UNSAVED)):
                self._save()
                saved = time.monotonic()
            if stopped:
                break
        self._unsaved += self._beyond(self._unsaved)
        self._save()

    def _beyond(self, rows: list[Any]) -> list[Any]:
        """Predictions of the rows after the last one, where these are asked for."""
        several = self._info.series_name is not None
        if self.origin is None or several or not (self.plan.horizon and self._complete and rows):
            return []
        waiting, intervals = self.books.ahead.state(), self.books.intervals
        ends = intervals and of_one_series(intervals.ahead.state())
        return [beyond(rows[-1], self._info, of_one_series(waiting), ends)]

    def _take(self, chunk: Chunk) -> None:
        """Predict, learn and score one chunk, and keep its rows of the table of predictions."""
        info = self.stream.info
        # A live stream knows a series from its first row on, which is of this chunk.
        self.books = self.books.with_room(info)
        first, teller = self.contest.row, Held(partial(self._tell, self.contest.row, chunk))
        self._torn = True
        scored = self.books.take(chunk, teller)
        self._passed = added(self._passed, self.rows.passed(chunk, first))
        self._recent.add(scored.y, scored.due[LEARNER])
        told = (chunk.time, scored.y, scored.due, scored.ends)
        self._unsaved.append(prediction_table(info, first, *told))
        self._info, self._torn = info, False
        teller.release()

    def _finish(self, error: Exception | None = None) -> dict[str, Any]:
        """Write the results of all that is on disk; return them."""
        metrics = self.metrics(error)
        self.folder.finish(metrics)
        if not self.plan.learns:
            self.folder.discard_checkpoint()
        self.rows.finished()
        return metrics

    def _keep(self, error: Exception) -> str:
        """Bring what is whole of a pass that an error ends to disk; say what is there."""
        failed = None
        if not self._torn:
            try:
                self._save()
                self.left = self._finish(error)
            # Of the two errors the first is what its user has to mend.
            except Exception as second:
                failed = second
        return kept(self.folder.path, self._saved, self.origin is None, failed, self.rows.keeps)

    def _progress(self) -> Progress:
        speed = self.contest.samples_per_second
        return Progress(self.contest.row, self.plan.length, speed, self._recent.score)

    @property
    def _complete(self) -> bool:
        return self.rows.complete(self.plan, self.contest.row)

    def _told(self) -> dict[str, Any]:
        """The stream as this run reads it."""
        length = self.contest.row if self.plan.length is None else self.plan.length
        return {**asdict(self._info), "length": length}

    def _save(self) -> None:
        """Write the predictions not written yet, and a checkpoint that `onward.load` takes."""
        arrays, note = checkpoint.packed(self.contest.mover, self.contest.state, "contest/learner")
        arrays |= self.books.state()
        note |= {"stream": self._told(), "row": self.contest.row}
        plan = self.plan
        note |= {"warmup": plan.warmup, "horizon": plan.horizon, "room": plan.room}
        note |= {**self.rows.note, "fingerprint": f"{self._passed:016x}"}
        self.folder.save(arrays, self._unsaved, note)
        self._unsaved, self._saved = [], self.contest.row
        self.rows.saved()
