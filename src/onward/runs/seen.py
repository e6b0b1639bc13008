"""Rows that have been passed, and how they are known when they come again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from onward.storing import store
from onward.streams import Chunk, added, fingerprint
from onward.streams.live import LiveStream

# Rows at the beginning by which a stream is known again.
FIRST_ROWS = 100
# How many rows are taken together where as many are there: few lengths, as each is compiled.
BURSTS = (32, 2, 1)


@dataclass
class Seen:
    """Consecutive rows that have been passed.

    Attributes:
        first: the number of the first one.
        rows: how many.
        marks: of the first hundred.
        total: the fingerprint of all.
        starts: whether it counts where sequences begin.
    """

    first: int = 0
    rows: int = 0
    marks: list[str] = field(default_factory=list)
    total: int = 0
    starts: bool = True

    @staticmethod
    def of(note: Mapping[str, Any]) -> "Seen":
        """Those of a checkpoint."""
        total = int(note["fingerprint"], 16)
        return Seen(rows=note["row"], marks=list(note["first_rows"]), total=total)

    def add(self, chunk: Chunk, found: int | None = None) -> None:
        """Take in the rows after those so far.

        Args:
            chunk: the rows.
            found: their fingerprint, where it is known.
        """
        end, chunk = self.first + self.rows, self._judged(chunk)
        for place in range(min(len(chunk.x), FIRST_ROWS - len(self.marks))):
            self.marks.append(self._mark(chunk.cut(slice(place, place + 1)), end + place))
        found = fingerprint(chunk, end) if found is None else found
        self.total = added(self.total, found)
        self.rows += len(chunk.x)

    def is_row(self, place: int, chunk: Chunk) -> bool:
        """Whether one row is the one at a place among these."""
        return self._mark(self._judged(chunk), self.first + place) == self.marks[place]

    def _judged(self, chunk: Chunk) -> Chunk:
        return chunk if self.starts else replace(chunk, start=None)

    def _mark(self, chunk: Chunk, number: int) -> str:
        return f"{fingerprint(chunk, number):016x}"


def new_rows(
    stream: LiveStream, before: Sequence[Seen], chunk: int, stop: Callable[[], bool]
) -> Iterator[Chunk | None]:
    """Pass over the rows that have been passed before, if the stream begins with them.

    Args:
        stream: at its first row.
        before: rows that may come again, each from its first one on.
        chunk: rows of a chunk.
        stop: asked after every row.

    Returns:
        Rows that began like those of before and turned out to be others.

    Raises:
        CheckpointError: the first rows are those of before, and later ones are not.
    """
    held: list[Chunk] = []
    alike = [seen for seen in before if seen.rows]
    while alike and not any(len(held) == len(seen.marks) for seen in alike):
        if stream.ended or stop():
            break
        rows = stream.take((1,))
        if rows is None:
            continue
        alike = [seen for seen in alike if seen.is_row(len(held), rows)]
        held.append(rows)
    if not alike:
        yield from held
        return
    found = next((seen for seen in alike if len(held) == len(seen.marks)), alike[0])
    again = Seen(found.first, starts=found.starts)
    for rows in held:
        again.add(rows)
        stream.confirm()
    while again.rows < found.rows and not stream.ended and not stop():
        left = found.rows - again.rows
        rows = stream.take([size for size in (chunk, *BURSTS) if size <= left])
        if rows is not None:
            again.add(rows)
            stream.confirm()
            yield None
    if again.rows == found.rows and again.total != found.total:
        raise store.CheckpointError(
            f"Expected the {found.rows:,} rows that the run has passed, or other rows from the "
            "first on; got the same first rows and others after them. Try the rows as they were, "
            "or those after them."
        )
