"""A pass that an error ends: what it waits for, and what is said of the rows before it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from onward._files import Kept


class Held:
    """A call whose error waits until whoever made it is done.

    Args:
        function: what is called.
    """

    def __init__(self, function: Callable[..., None]):
        self._function, self._error = function, None

    def __call__(self, *arguments: Any) -> None:
        """Call it; an error is held."""
        try:
            self._function(*arguments)
        except Exception as error:
            self._error = error

    def release(self) -> None:
        """Raise the error that is held, if there is one."""
        if self._error is not None:
            raise self._error


def kept(
    folder: Path, rows: int, can_go_on: bool, failed: Exception | None, live: bool = False
) -> Kept:
    """What is left of a pass, in words.

    Args:
        folder: of the results.
        rows: how many of its first rows are there.
        can_go_on: whether the command that passes over them can be resumed.
        failed: what kept later ones from being written; None where nothing did.
        live: whether all that was read is on the disk, and a resumed pass begins with it.
    """
    why = f" Writing the rest failed: {failed}." if failed is not None else ""
    if not rows and live:
        return Kept(
            "It came before the first checkpoint. What was read of standard input is kept in "
            f"{folder}; to pass over it, repeat the command with --out {folder} --resume.{why}"
        )
    if not rows:
        return Kept(
            f"It came before the first checkpoint, so that no row is kept in {folder}.{why}"
        )
    said = f"The first {rows:,} rows are kept in {folder}"
    if can_go_on:
        said += f"; to go on after them, repeat the command with --out {folder} --resume"
    return Kept(f"{said}.{why}")
