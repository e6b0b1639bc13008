"""The `onward` command and what it does with an error: one sentence, exit code 2."""

import sys
from io import TextIOWrapper

import typer
from rich.console import Console
from rich.markup import escape

from onward.cli.advise import advise
from onward.cli.info import info
from onward.cli.reproduce import reproduce
from onward.cli.run import run
from onward.cli.streams import streams
from onward.cost.budget import MemoryBudgetError

app = typer.Typer(
    name="onward",
    help="Recurrent networks that learn online, one sample at a time.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(run)
app.command()(advise)
app.command()(reproduce)
app.command()(streams)
app.command()(info)


def main() -> None:
    """Run the command line; messages for a person instead of tracebacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # An arrow that the terminal's encoding lacks must not cost a run: it becomes "?".
            stream.reconfigure(errors="replace")
    try:
        app()
    except (ValueError, MemoryBudgetError) as error:
        # Every error that a user can cause says what was expected, what came and what to try.
        _fail(str(error))
    except OSError as error:
        _fail(f"Expected files that can be read and written; got: {error}. Try another disk.")


def _fail(message: str) -> None:
    Console(stderr=True).print(f"[bold red]error[/] {escape(message)}", soft_wrap=True)
    sys.exit(2)
