"""A finished or interrupted run, whose network is used on other rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from onward.runs.config import STDIN, RunConfig
from onward.runs.plan import Plan, room_for
from onward.storing import store
from onward.storing.checkpoint import FILE, FOLDER
from onward.streams import Chunk, Steps, Stream, StreamError, StreamInfo, open_stream
from onward.streams.files.calendar_features import Calendar
from onward.streams.files.known import known_cycles


@dataclass(frozen=True)
class Origin:
    """What the folder of a run tells of it.

    Attributes:
        folder: of the run.
        config: what it was asked for.
        info: the stream that it passed over.
        arrays: all that its next row would need.
        note: of its checkpoint.
        learns: whether its network is to go on learning.
    """

    folder: Path
    config: RunConfig
    info: StreamInfo
    arrays: Mapping[str, np.ndarray]
    note: Mapping[str, Any]
    learns: bool = False

    @staticmethod
    def read(folder: Path, learns: bool = False) -> "Origin":
        """The run in a folder.

        Raises:
            CheckpointError: it holds none.
        """
        path = folder / FOLDER / FILE
        arrays, note = store.read(path)
        if "identity" not in note or "horizon" not in note:
            raise store.CheckpointError(
                f"Expected the checkpoint of a run at {path}; got another one. Try the --out of "
                "onward run."
            )
        known = {field.name for field in fields(RunConfig)} & note["identity"].keys()
        config = RunConfig(**{name: _hashable(note["identity"][name]) for name in known})
        told = {name: _hashable(value) for name, value in note["stream"].items()}
        steps = told.pop("steps", None)
        info = StreamInfo(**told, steps=steps and Steps(**steps))
        return Origin(folder, config, info, arrays, note, learns)

    @property
    def room(self) -> int:
        """How many series its arrays have room for; 0 where they are just those it has met."""
        return self.note.get("room", 0)

    @property
    def told(self) -> dict[str, Any]:
        """Where a network comes from, for the results."""
        return {"folder": str(self.folder), "rows": self.note["row"], "learns": self.learns}

    def config_of(self, stream: str | tuple[str, ...]) -> RunConfig:
        """Its configuration, for another stream."""
        return replace(self.config, stream=stream, limit=None, warm_start=None, seeds=1)

    def open(self, config: RunConfig) -> Stream:
        """The other stream, read as the first one was.

        Raises:
            StreamError: a column is absent, or of another kind.
        """
        info, calendar = self.info, known_cycles(self.info) if config.calendar else ()
        made = calendar_names(info) if config.calendar else ()
        roles: dict[str, Any] = config.roles | {
            "weight": config.weight if self.learns else None,
            "series": info.series_name,
            "calendar": calendar,
        }
        stream = open_stream(
            config.stream,
            target=info.target_names,
            features=tuple(name for name in info.feature_names if name not in made),
            seed=config.seed,
            known=info,
            **roles,
        )
        found = stream.info
        for what in ("task", "class_names", "feature_names"):
            if getattr(found, what) != getattr(info, what):
                raise StreamError(
                    f"Expected {what} of {found.name} as in {self.folder}, "
                    f"{getattr(info, what)!r}; got {getattr(found, what)!r}. Try another stream."
                )
        return stream if info.series_name is None else Numbered(stream, info.series_names)

    def plan(self, config: RunConfig, info: StreamInfo) -> Plan:
        """How the other stream is passed over."""
        warmup = max(0, self.note["warmup"] - self.note["row"])
        live = config.stream == STDIN
        length, room = None if live else info.length, self.room
        room = max(room, room_for(len(info.series_names))) if live else room
        return Plan(config, info, length, self.note["horizon"], warmup, self.learns, room)


@dataclass(frozen=True)
class Numbered:
    """A stream whose series have the codes that they had in an earlier one; new ones follow."""

    stream: Stream
    before: tuple[str, ...]

    @property
    def info(self) -> StreamInfo:
        return replace(self.stream.info, series_names=self._names)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.before, *self.stream.info.series_names)))

    def chunks(self, size: int, start: int = 0) -> Iterator[Chunk]:
        """Yield the rows from `start` on."""
        code = {name: index for index, name in enumerate(self._names)}
        codes = np.array([code[name] for name in self.stream.info.series_names], np.int32)
        for chunk in self.stream.chunks(size, start):
            yield replace(chunk, series=codes[chunk.series])


def calendar_names(info: StreamInfo) -> tuple[str, ...]:
    """The features of a stream that are made from its calendar."""
    return Calendar(known_cycles(info)).names


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
