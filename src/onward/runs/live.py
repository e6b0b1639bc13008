"""The rows of standard input, as a run takes them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from onward.runs.config import RunConfig
from onward.runs.plan import Plan
from onward.storing import store
from onward.streams import Chunk, StreamError, added, fingerprint
from onward.streams.base import StreamInfo
from onward.streams.files.options import read_options
from onward.streams.files.roles import FileRoles, Roles
from onward.streams.live import LiveStream, Pipe, open_live

# Rows at the beginning by which a stream is known again.
FIRST_ROWS = 100
# How many rows are taken together where as many are there: few lengths, as each is compiled.
BURSTS = (32, 2, 1)
ROLES_OF_ROWS = ("start", "weight", "series", "phases", "valid", "gap", "calendar")
FORM_OF_ROWS = ("missing_codes", "separator", "decimal", "header")


def open_input(
    config: RunConfig, pipe: Pipe, known: StreamInfo | None, stop: Callable[[], bool]
) -> LiveStream:
    """Standard input as a configuration describes it.

    Args:
        config: what was asked for.
        pipe: the rows.
        known: the stream of the run that these rows go on with, or None.
        stop: asked while no row has come.

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
        stop=stop,
    )


class LiveRows:
    """Rows that come once, as they come.

    Args:
        stream: the rows.
    """

    def __init__(self, stream: LiveStream):
        self.stream = stream
        self._marks: list[str] = []
        self._before: Mapping[str, Any] | None = None

    @property
    def note(self) -> dict[str, Any]:
        """What a checkpoint tells of them."""
        return {"first_rows": self._marks}

    @property
    def notes(self) -> list[str]:
        """What was passed over, in words."""
        return self.stream.notes

    def resume(self, note: Mapping[str, Any]) -> None:
        """Go on with a run that has passed rows."""
        self._before, self._marks = note, list(note["first_rows"])

    def complete(self, plan: Plan, row: int) -> bool:
        """Whether a run that has passed so many is at the end."""
        return self.stream.ended or row == plan.config.limit

    def passed(self, chunk: Chunk, first: int) -> None:
        """Rows have been passed, by which the stream may be known again."""
        for row in range(first, min(first + len(chunk.x), FIRST_ROWS)):
            self._marks.append(mark(chunk.cut(slice(row - first, row - first + 1)), row))

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
        if self._before is not None:
            yield from new_rows(self.stream, self._before, chunk, stop)
        yield from bursts(self.stream, row, chunk, plan.warmup, plan.config.limit)


def mark(row: Chunk, number: int) -> str:
    """A number that tells a row from others."""
    return f"{fingerprint(row, number):016x}"


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


def new_rows(
    stream: LiveStream, note: Mapping[str, Any], chunk: int, stop: Callable[[], bool]
) -> Iterator[Chunk | None]:
    """Pass over the rows that an earlier pass has seen, if the stream begins with them.

    Args:
        stream: at its first row.
        note: of the checkpoint of the earlier pass.
        chunk: rows of a chunk.
        stop: asked after every row.

    Returns:
        Rows that began like those of before and turned out to be others.

    Raises:
        CheckpointError: the first rows are those of before, and later ones are not.
    """
    marks, held, found = note["first_rows"], [], 0
    while len(held) < len(marks) and not stream.ended and not stop():
        rows = stream.take((1,))
        if rows is None:
            continue
        held.append(rows)
        if mark(rows, len(held) - 1) != marks[len(held) - 1]:
            yield from held
            return
        found = added(found, fingerprint(rows, len(held) - 1))
    row = len(held)
    while row < note["row"] and not stream.ended and not stop():
        sizes = [size for size in (chunk, *BURSTS) if size <= note["row"] - row]
        rows = stream.take(sizes)
        if rows is not None:
            found = added(found, fingerprint(rows, row))
            row += len(rows.x)
    if row == note["row"] and f"{found:016x}" != note["fingerprint"]:
        raise store.CheckpointError(
            f"Expected the {row:,} rows that the run has passed, or other rows from the first on; "
            "got the same first rows and others after them. Try the rows as they were, or those "
            "after them."
        )
