"""A stream with only some of its columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from onward.streams.base import Chunk, Stream, StreamInfo, Task
from onward.streams.errors import as_names, one_of, split_names, stream_error


@dataclass(frozen=True)
class Selection:
    """Some features and targets of another stream, in the order they are named in.

    Attributes:
        stream: the whole stream.
        features: indices of the features that are kept.
        targets: indices of the targets that are kept.
    """

    stream: Stream
    features: tuple[int, ...]
    targets: tuple[int, ...]

    @property
    def info(self) -> StreamInfo:
        info = self.stream.info
        return replace(
            info,
            feature_names=tuple(info.feature_names[index] for index in self.features),
            target_names=tuple(info.target_names[index] for index in self.targets),
        )

    def chunks(self, size: int, start: int = 0) -> Iterator[Chunk]:
        """Yield the rows from `start` on, less the columns that are not kept."""
        return map(self._kept, self.stream.chunks(size, start))

    def _kept(self, chunk: Chunk) -> Chunk:
        return replace(chunk, x=chunk.x[:, self.features], y=chunk.y[:, self.targets])


def select_columns(
    stream: Stream,
    target: str | Sequence[str] | None,
    features: str | Sequence[str] | None,
    task: Task | None,
) -> Stream:
    """Return the stream with only the named columns; None keeps all of them.

    Raises:
        StreamError: for a column that the stream does not have in that role, and for a task
            that is not the stream's.
    """
    info = stream.info
    if task not in (None, info.task):
        expected = f"the task {info.task!r}, which {info.name} sets"
        raise stream_error(expected, repr(task), "leaving the task out")
    if target is None and features is None:
        return stream
    return Selection(
        stream,
        _indices(features, info.feature_names, "feature", info.name),
        _indices(target, info.target_names, "target", info.name),
    )


def _indices(
    names: str | Sequence[str] | None, existing: tuple[str, ...], role: str, stream: str
) -> tuple[int, ...]:
    if names is None:
        return tuple(range(len(existing)))
    names = (names,) if isinstance(names, str) else names
    names = as_names(split_names(names, existing), role)
    for name in names:
        if name not in existing:
            raise stream_error(f"a {role} of {stream}", repr(name), one_of(name, existing))
    return tuple(existing.index(name) for name in names)
