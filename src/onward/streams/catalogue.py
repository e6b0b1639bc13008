"""All streams by name, and files by path."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Unpack

from onward.streams.base import Stream, StreamInfo, Task
from onward.streams.errors import one_of, stream_error
from onward.streams.files import open_file
from onward.streams.files.roles import FileRoles
from onward.streams.files.sessions import Paths, is_one_file
from onward.streams.river_sets import INSTALL, RIVER_SETS, RiverSet
from onward.streams.selection import select_columns
from onward.streams.synthetic import Cortex, DelayedRecall, Lorenz, MackeyGlass, Sine

SYNTHETIC: Mapping[str, Callable[[int], Stream]] = {
    "sine": lambda seed: Sine(seed=seed),
    "lorenz": lambda seed: Lorenz(seed=seed),
    "mackey-glass": lambda seed: MackeyGlass(seed=seed),
    "cortex": lambda seed: Cortex(seed=seed),
    "delayed-recall": lambda seed: DelayedRecall(seed=seed),
}


FORM = ("missing_codes", "separator", "decimal", "header", "reverse")


@dataclass(frozen=True)
class StreamSummary:
    """A row in the list of built-in streams.

    Attributes:
        name: what `open_stream` takes.
        task: `"regression"` or `"classification"`.
        rows: length.
        features: number of features.
        targets: number of targets.
        origin: one line: where the data come from, or which equations make them.
        note: what is needed before the stream can be opened; empty if nothing is.
    """

    name: str
    task: Task
    rows: int
    features: int
    targets: int
    origin: str
    note: str = ""


def builtin_streams() -> tuple[StreamSummary, ...]:
    """Return a summary of each built-in stream; reads no data and imports nothing for it."""
    note = "" if find_spec("river") else f"needs {INSTALL}"
    river = (
        StreamSummary(name, known.task, known.rows, known.features, 1, known.origin, note)
        for name, known in RIVER_SETS.items()
    )
    return (*(_summary(make(0).info) for make in SYNTHETIC.values()), *river)


def open_stream(
    name_or_path: Paths,
    *,
    target: str | Sequence[str] | None = None,
    features: str | Sequence[str] | None = None,
    task: Task | None = None,
    seed: int = 0,
    known: StreamInfo | None = None,
    **roles: Unpack[FileRoles],
) -> Stream:
    """Open a built-in stream by name, or files by path.

    Arguments:
        name_or_path: a name from `builtin_streams`, else the path of a file, a folder, a pattern,
            or a list of these (see `open_file`).
        target: columns to predict, by name. Files need it; built-in streams have targets, of
            which it picks some.
        features: columns to predict from, by name; None takes all that are fit for it.
        task: for files, what to learn; None infers it from the target.
        seed: for synthetic streams, the seed; others do not depend on it.
        known: for files, an earlier stream whose task and classes these have; see `open_file`.
        **roles: for files, what their other columns are: `start`, `weight`, `series`, `phases`,
            `valid`, `gap` and `calendar`; and how they are read: `missing_codes`, `separator`,
            `decimal`, `header` and `reverse`. `open_file` explains them.

    Raises:
        StreamError: for a name or path that does not exist, what is said of the columns or the
            form of a built-in stream, and whatever `open_file` raises.
    """
    if not isinstance(name_or_path, str | os.PathLike):
        return open_file(name_or_path, target, features, task, known=known, **roles)
    name = os.fspath(name_or_path)
    if name in SYNTHETIC or name in RIVER_SETS:
        _refuse_columns(name, roles)
        _refuse_form(name, roles)
        stream = SYNTHETIC[name](seed) if name in SYNTHETIC else RiverSet(name)
        return select_columns(stream, target, features, task)
    path = Path(name)
    if path.exists() or path.suffix or len(path.parts) > 1 or not is_one_file(path):
        return open_file(path, target, features, task, known=known, **roles)
    remedy = f"{one_of(name, [*SYNTHETIC, *RIVER_SETS])}, or the path of a file"
    raise stream_error("a built-in stream or the path of a file", repr(name), remedy)


def _refuse_columns(name: str, roles: FileRoles) -> None:
    for role, column in roles.items():
        if column and role not in FORM:
            got = f"{column!r} for the built-in stream {name!r}, which has none"
            what = role if role == "calendar" else f"{role} column"
            raise stream_error(f"a {what} of a file", got, "leaving it out")


def _refuse_form(name: str, roles: FileRoles) -> None:
    said = {role: value for role, value in roles.items() if role in FORM and value != ()}
    said["header"] = not said.get("header", True)
    given = [role for role in FORM if said.get(role) not in (None, False)]
    if given:
        got = f"{', '.join(given)} for the built-in stream {name!r}"
        raise stream_error("what is said of a file's form with a file", got, "leaving it out")


def _summary(info: StreamInfo) -> StreamSummary:
    counts = (info.length, len(info.feature_names), len(info.target_names))
    return StreamSummary(info.name, info.task, *counts, info.origin)
