"""The rows of standard input, as a run takes them."""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from onward.runs.config import RunConfig
from onward.runs.origin import Origin
from onward.runs.plan import Plan
from onward.runs.seen import BURSTS, Seen, new_rows
from onward.runs.unlearnt import Unlearnt
from onward.storing.checkpoint import FILE, FOLDER
from onward.streams import Chunk, StreamError, fingerprint
from onward.streams.base import StreamInfo
from onward.streams.files.options import read_options
from onward.streams.files.roles import FileRoles, Roles
from onward.streams.live import LiveStream, NoRowsError, Pipe, Place, open_live

ROLES_OF_ROWS = ("start", "weight", "series", "phases", "valid", "gap", "calendar")
FORM_OF_ROWS = ("missing_codes", "separator", "decimal", "header")


def open_input(
    config: RunConfig,
    pipe: Pipe,
    known: StreamInfo | None,
    stop: Callable[[], bool],
    place: Place | None = None,
) -> LiveStream:
    """Standard input as a configuration describes it.

    Args:
        config: what was asked for.
        pipe: the rows.
        known: the stream of the run that these rows go on with, or None.
        stop: asked while no row has come.
        place: where another process has left these very rows; None for the first of them.

    Raises:
        StreamError: for rows that are to be turned round, and as `open_live` does.
    """
    if config.reverse:
        raise StreamError(
            "Expected rows of standard input in the order in which they come; got reverse. Try a "
            "file, which can be read from its last row to its first."
        )
    roles = Roles(**{name: getattr(config, name) for name in ROLES_OF_ROWS})
    form = FileRoles(**{name: getattr(config, name) for name in FORM_OF_ROWS})
    return open_live(
        pipe,
        config.target,
        config.features,
        config.task,
        classes=config.classes or (),
        roles=roles,
        options=read_options(form),
        known=known,
        place=place,
        stop=stop,
    )


class LiveRows:
    """Rows that come once, as they come.

    What is read of them is kept on the disk until a checkpoint holds what it has taught. A resumed
    run passes over that first.

    Args:
        config: what was asked for.
        pipe: the rows.
        known: the stream that they go on with; None for a new one.
        stop: asked while its first row has not come.
        kept: what is kept of them; None keeps nothing.
        note: of the checkpoint that they go on from; None where there is none.

    Attributes:
        stream: the rows that are passed now.
        due: whether a checkpoint has to be written before the next rows are asked for.
    """

    def __init__(
        self,
        config: RunConfig,
        pipe: Pipe,
        known: StreamInfo | None,
        stop: Callable[[], bool],
        kept: Unlearnt | None = None,
        note: Mapping[str, Any] | None = None,
    ):
        self.known, self.due = known, False
        self.fresh = note is None
        self._open, self._pipe, self._kept = partial(open_input, config), pipe, kept
        self._seen = Seen() if note is None else Seen.of(note)
        self._replayed = Seen(self._seen.rows, starts=False)
        told = (note or {}).get("input")
        # The pass that a checkpoint tells of, and the one that is read now.
        self._number, self._next = -1 if told is None else told["pass"], 0
        if kept:
            pipe.through(kept.through)
        # Whether the rows are those that an earlier process has read, and go on where it was.
        self._goes_on = False
        left = self._left(kept, told, stop) if kept else None
        self._waits = left is not None
        self.stream = left or self._open(pipe, known, stop)

    @property
    def note(self) -> dict[str, Any]:
        """What a checkpoint tells of them."""
        if self._kept is None:
            return {"first_rows": self._seen.marks}
        place = self.stream.place
        told = {"pass": self._number, "place": place.told() if place.offset else None}
        return {"first_rows": self._seen.marks, "input": told}

    @property
    def notes(self) -> list[str]:
        """What was passed over, in words."""
        return self.stream.notes

    @property
    def keeps(self) -> bool:
        """Whether what was read is on the disk."""
        return self._kept is not None

    def resume(self, note: Mapping[str, Any]) -> None:
        """Go on with a run that has passed rows: here known already."""

    def begin(self) -> None:
        """The folder is there, and nobody else writes to it."""
        if self._kept and not self._waits:
            self._number = self._next
            self._kept.begin(self._number)

    def complete(self, plan: Plan, row: int) -> bool:
        """Whether a run that has passed so many is at the end."""
        return (self.stream.ended and not self._waits) or row == plan.config.limit

    def passed(self, chunk: Chunk, first: int) -> int:
        """Rows have been passed, by which the stream may be known again; their fingerprint."""
        found = fingerprint(chunk, first)
        self._seen.add(chunk, found)
        if self._waits:
            self._replayed.add(chunk)
        self.stream.confirm()
        return found

    def saved(self) -> None:
        """A checkpoint holds all that has been passed."""
        self.due = False
        if self._kept and not self._waits:
            self._kept.passed(self.stream.place.offset)

    def finished(self) -> None:
        """The results are written."""
        if self._kept and self.stream.ended and not self._waits:
            self._kept.discard()

    def chunks(
        self, plan: Plan, row: Callable[[], int], chunk: int, stop: Callable[[], bool]
    ) -> Iterator[Chunk | None]:
        """The rows that are new, in bursts.

        Args:
            plan: of the run.
            row: how many have been passed.
            chunk: rows of a chunk.
            stop: asked while nothing new comes.
        """
        limit = plan.config.limit
        if not self._goes_on:
            yield from self._new(chunk, stop)
        yield from bursts(self.stream, row, chunk, plan.warmup, limit)
        if not self._waits or row() == limit:
            return
        # From here on what was read before is no longer needed.
        self.due = True
        yield None
        self._waits = False
        self.begin()
        try:
            self.stream = self._open(self._pipe, self.stream.info, stop)
        except NoRowsError:
            return
        except KeyboardInterrupt:
            self._waits = True
            return
        yield from self._new(chunk, stop)
        yield from bursts(self.stream, row, chunk, plan.warmup, limit)

    def _new(self, chunk: int, stop: Callable[[], bool]) -> Iterator[Chunk | None]:
        """The rows that were not passed before, of those at the beginning."""
        if not self._seen.rows:
            return
        for rows in new_rows(self.stream, (self._seen, self._replayed), chunk, stop):
            yield rows
            if rows is None:
                # A source that repeats its rows will do so again: they need not be kept.
                self.due = not self._waits
                if self._kept and not self._waits:
                    self._kept.passed(self.stream.place.offset)

    def _left(
        self, kept: Unlearnt, told: Mapping[str, Any] | None, stop: Callable[[], bool]
    ) -> LiveStream | None:
        """What an earlier process has read and no checkpoint holds, which may be no row; None where
        there is no place to go on from."""
        newest, rest = kept.newest(), b""
        place = Place.of(told["place"]) if told and told["place"] else None
        self._next = max(self._number, -1 if newest is None else newest) + 1
        if newest is not None and (newest > self._number or place is None):
            # A pass of which no checkpoint tells: it begins with its first line.
            with suppress(NoRowsError):
                found = self._open(Pipe(io.BytesIO(kept.rest(newest, 0)).read), self.known, stop)
                self._number = newest
                return found
        elif place:
            rest = kept.rest(self._number, place.offset)
        if place is None:
            return None
        self._goes_on = True
        return self._open(Pipe(io.BytesIO(rest).read), self.known, stop, place)


def open_rows(
    config: RunConfig,
    pipe: Pipe,
    out: Path,
    origin: Origin | None,
    resume: bool,
    stop: Callable[[], bool],
) -> LiveRows:
    """The rows of standard input that a run is to pass over.

    Args:
        config: what was asked for.
        pipe: the rows.
        out: the folder of the run.
        origin: the run whose network is used; None for a new network.
        resume: go on with the run in the folder, or with the rows that one has left there which
            has not come to its first checkpoint.
        stop: asked while no row has come.
    """
    if origin:
        return LiveRows(config, pipe, origin.info, stop)
    kept = Unlearnt(out / FOLDER)
    if not resume or (kept.newest() is not None and not (out / FOLDER / FILE).exists()):
        return LiveRows(config, pipe, None, stop, kept)
    before = Origin.read(out)
    return LiveRows(config, pipe, before.info, stop, kept, before.note)


def bursts(
    stream: LiveStream, row: Callable[[], int], chunk: int, warmup: int, limit: int | None
) -> Iterator[Chunk | None]:
    """The rows as they come, cut where those of a file are; None where none has come for a while.

    Args:
        stream: the rows.
        row: how many have been passed.
        chunk: rows of a chunk.
        warmup: where the warm-up ends.
        limit: rows in all; None for no limit.
    """
    while not stream.ended and (limit is None or row() < limit):
        ends = [row() + chunk - row() % chunk, limit or row() + chunk]
        ends += [warmup] if row() < warmup else []
        most = min(ends) - row()
        yield stream.take([size for size in (chunk, *BURSTS) if size <= most])
