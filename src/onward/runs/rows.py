"""The rows of a stream that can be read again, as a run takes them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from onward.runs.plan import Plan
from onward.storing import store
from onward.streams import Chunk, Stream, fingerprint, fingerprint_of
from onward.streams.files.file_stream import FileStream


@dataclass
class StoredRows:
    """Rows that can be read again from any one on."""

    stream: Stream
    # What a checkpoint tells of them, and what is worth saying at the end.
    note: ClassVar[Mapping[str, Any]] = {}
    notes: ClassVar[tuple[str, ...]] = ()
    # Nothing of them is kept, and no checkpoint has to be written for them.
    keeps: ClassVar[bool] = False
    due: ClassVar[bool] = False

    def resume(self, note: Mapping[str, Any]) -> None:
        """Read them less the offsets that they had when the run began.

        Raises:
            CheckpointError: they do not begin with those that the run has passed.
        """
        if isinstance(self.stream, FileStream):
            names = ("feature_offsets", "target_offsets")
            offsets: dict[str, Any] = {name: tuple(note["stream"][name]) for name in names}
            self.stream = replace(self.stream, info=replace(self.stream.info, **offsets))
        refuse_changed(self.stream, note["row"], int(note["fingerprint"], 16))

    def complete(self, plan: Plan, row: int) -> bool:
        """Whether a run that has passed so many is at the end."""
        return row == plan.length

    def passed(self, chunk: Chunk, first: int) -> int:
        """Rows have been passed; their fingerprint."""
        return fingerprint(chunk, first)

    def begin(self) -> None:
        """The folder is there: here nothing."""

    def saved(self) -> None:
        """A checkpoint is written: here nothing."""

    def finished(self) -> None:
        """The results are written: here nothing."""

    def chunks(
        self, plan: Plan, row: Callable[[], int], chunk: int, stop: Callable[[], bool]
    ) -> Iterator[Chunk]:
        """The rows left, cut at whole chunks from the first row on, and where the warm-up ends.

        Args:
            plan: of the run.
            row: how many have been passed.
            chunk: rows of a chunk.
            stop: not asked here.
        """
        assert plan.length is not None
        warmup = min(plan.warmup, plan.length)
        for begin, end in ((0, warmup), (warmup, plan.length)):
            now = max(begin, row())
            if now < end:
                # Wherever this pass begins.
                first = chunk - now % chunk
                yield from self._between(now, min(end, now + first), first)
                yield from self._between(now + first, end, chunk)

    def _between(self, begin: int, end: int, size: int) -> Iterator[Chunk]:
        """The rows from one on, before another, in chunks of a size."""
        if begin >= end:
            return
        for chunk in self.stream.chunks(size, begin):
            yield chunk.cut(slice(end - begin))
            begin += size
            if begin >= end:
                return


def refuse_changed(stream: Stream, rows: int, expected: int) -> None:
    """Raise CheckpointError unless a stream begins with the rows that a run has passed.

    Args:
        stream: as it is now.
        rows: how many were passed.
        expected: their fingerprint.
    """
    name, length = stream.info.name, stream.info.length
    if length < rows:
        raise store.CheckpointError(
            f"Expected {name} with the {rows:,} rows that the run has passed, and any after them; "
            f"got {length:,} rows. Try the file as it was, or another --out."
        )
    if fingerprint_of(stream, rows) != expected:
        raise store.CheckpointError(
            f"Expected the {rows:,} rows of {name} that the run has passed to be as they were; got "
            "others. Try the file as it was, or another --out."
        )
