"""What a reader is asked for, and which of a file's signals that is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from onward.recordings.errors import RecordingError, listed, recording_error

FOUND = "found"
# Where a file has several positions, the first of these is that of the task.
POSITIONS = ("position", "pos", "cursor", "cursor_pos", "cursor_position", "hand_pos", "finger_pos")
GOALS = ("goal", "target_pos", "target_position", "target", "goal_pos", "cue")
AXES = ("x", "y", "z")
# A short form counts where a word begins, so that a "level" is no velocity.
VELOCITY = re.compile(r"velocity|Vel|(?<![A-Za-z])[vV]el|VELOCITY")
POSITION = re.compile(r"position|cursor|Cursor|Pos|(?<![A-Za-z])[pP]os|POSITION")


@dataclass(frozen=True)
class Wanted:
    """The options of `read_session`, where they are explained.

    Raises:
        RecordingError: an option that is out of its range.
    """

    target: str | Sequence[str] = "velocity"
    position: str | None = None
    bin_s: float | None = None
    mask: str | None = FOUND
    beyond: float | None = None
    dead_after: float | None = 30.0
    starts: Literal["gaps", "trials"] = "gaps"
    counts: str | Sequence[str] = "counts"
    stamps: Literal["end", "start"] = "end"
    goal: str | None = None

    def __post_init__(self) -> None:
        for name, example in (("bin_s", 0.05), ("beyond", 14.0), ("dead_after", 30.0)):
            value = getattr(self, name)
            real = isinstance(value, int | float) and not isinstance(value, bool)
            if value is not None and not (real and isfinite(value) and value > 0):
                raise RecordingError(
                    f"Expected {name} to be a number > 0, or None; got {value!r}. "
                    f"Try {name}={example}."
                )
        targets = (self.target,) if isinstance(self.target, str) else self.target
        if not (isinstance(targets, tuple | list) and targets) or not all(
            isinstance(name, str) for name in targets
        ):
            raise RecordingError(
                f"Expected target to be the name of a signal, or several; got {self.target!r}. "
                "Try target='velocity'."
            )
        for name, words in (("starts", ("gaps", "trials")), ("stamps", ("end", "start"))):
            if (value := getattr(self, name)) not in words:
                raise RecordingError(
                    f"Expected {name} to be {words[0]!r} or {words[1]!r}; got {value!r}. "
                    f"Try {name}={words[0]!r}."
                )


@dataclass(frozen=True)
class Choice:
    """The signals that make the targets, side by side, and whether velocity is derived of them."""

    names: tuple[str, ...]
    derived: bool = False


def choose_target(wanted: Wanted, names: Sequence[str], file: str) -> Choice:
    """Which signals the targets are: the one of that name, or what "velocity" may stand for.

    Raises:
        RecordingError: there is no such signal, or more than one; the message lists all.
    """
    if not isinstance(wanted.target, str):
        return Choice(tuple(_named(name, names, "target", file) for name in wanted.target))
    if wanted.target in names:
        return Choice((wanted.target,))
    if wanted.target == "velocity":
        found = [name for name in names if VELOCITY.search(name)]
        if len(found) > 1:
            remedy = f"target={found[0]!r}"
            raise recording_error("one velocity", "target", file, listed(found), remedy)
        if found:
            return Choice((found[0],))
    if wanted.target in ("velocity", "position"):
        position = choose_position(wanted, names, file)
        if position is not None:
            return Choice((position,), derived=wanted.target == "velocity")
    return Choice((_named(wanted.target, names, "target", file),))


def choose_position(wanted: Wanted, names: Sequence[str], file: str) -> str | None:
    """Which signal is the position: the one named, else one that is called so; None without one.

    Raises:
        RecordingError: the one named is not there, or several look like one.
    """
    if wanted.position is not None:
        return _named(wanted.position, names, "position", file)
    lower = {name.lower(): name for name in names}
    usual = [lower[name] for name in POSITIONS if name in lower]
    alike = [name for name in names if POSITION.search(name) and "target" not in name.lower()]
    found = usual[:1] or alike
    if len(found) > 1:
        remedy = f"position={found[0]!r}"
        raise recording_error("one position", "position", file, listed(found), remedy)
    return found[0] if found else None


def choose_goal(wanted: Wanted, names: Sequence[str], file: str) -> str | None:
    """Which signal is the goal: the one named, else one that is called so; None for none wanted.

    Raises:
        RecordingError: there is no such signal.
    """
    if wanted.goal != FOUND:
        return None if wanted.goal is None else _named(wanted.goal, names, "goal", file)
    lower = {name.lower(): name for name in names}
    found = next((lower[name] for name in GOALS if name in lower), None)
    if found is None:
        expected = f"a signal that is called {listed(GOALS)}"
        remedy = "goal= with the name of the signal that says where the target was"
        raise recording_error(expected, "goal", file, f"only {listed(names)}", remedy)
    return found


def column_names(title: str, columns: int) -> tuple[str, ...]:
    """Names for the columns of a signal: "velocity x", "velocity y"; numbers beyond three."""
    if columns == 1:
        return (title,)
    ends = AXES if columns <= len(AXES) else map(str, range(columns))
    return tuple(f"{title} {end}" for end, _ in zip(ends, range(columns), strict=False))


def _named(asked: str, names: Sequence[str], role: str, file: str) -> str:
    if asked in names:
        return asked
    alike = [name for name in names if name.lower() == asked.lower()]
    if len(alike) == 1:
        return alike[0]
    if not names:
        remedy = "a file in which behaviour is recorded"
        raise recording_error(f"behaviour for {asked!r}", role, file, "no behaviour", remedy)
    got = f"only {listed(names)}"
    raise recording_error(f"a signal {asked!r}", role, file, got, f"{role}={names[0]!r}")
