"""The `onward` command and what it does with an error: one sentence, exit code 2."""

import gc
import sys
from io import TextIOWrapper

from onward._files import Kept
from onward.streams import StreamError
from onward.streams.installed import refuse_without

# Objects that are made before garbage is looked for. What JAX makes as it compiles is kept: to go
# through it again and again took 1.2 s of the 16 s of CPU time of a run of a thousand samples.
MADE_BETWEEN = 100_000
# Such searches before one through what an earlier one has left, by far the most of it of JAX: with
# Python's own ten these took another .2 s.
SEARCHES_BETWEEN = 100
# Those of the extra `cli`.
PACKAGES = ("typer", "rich", "pandas", "pyarrow", "matplotlib", "jinja2")


def main() -> None:
    """Run the command line; an error that its user can mend is a sentence, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # An arrow that the terminal's encoding lacks must not cost a run: it becomes "?".
            stream.reconfigure(errors="replace")
    try:
        refuse_without(PACKAGES, "the command line")
    except StreamError as error:
        sys.exit(_plain(str(error)))
    gc.set_threshold(MADE_BETWEEN, SEARCHES_BETWEEN, gc.get_threshold()[2])
    from onward.cli.app import app

    try:
        app()
    except ValueError as error:
        # Every error that a user can cause says what was expected, what came and what to try.
        _fail(str(error), error)
    except MemoryError as error:
        from onward.cost import MemoryBudgetError

        if not isinstance(error, MemoryBudgetError):
            raise
        _fail(str(error), error)
    except OSError as error:
        _fail(
            f"Expected files that can be read and written; got: {error}. Try another disk.", error
        )


def _plain(message: str) -> int:
    print(f"error {message}", file=sys.stderr)
    return 2


def _fail(message: str, error: Exception) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True)
    console.print(f"[bold red]error[/] {escape(message)}", soft_wrap=True)
    # JAX has notes of its own.
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, Kept):
            console.print(escape(note), soft_wrap=True, highlight=False)
    sys.exit(2)
