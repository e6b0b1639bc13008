"""The `onward` command and what it does with an error: one sentence, exit code 2."""

import sys

import typer
from rich.console import Console
from rich.markup import escape

from onward.cli.info import info
from onward.cli.run import run
from onward.cli.streams import streams
from onward.memory import MemoryBudgetError

app = typer.Typer(
    name="onward",
    help="Recurrent networks that learn online, one sample at a time.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(run)
app.command()(streams)
app.command()(info)


def main() -> None:
    """Run the command line; messages for a person instead of tracebacks."""
    try:
        app()
    except (ValueError, MemoryBudgetError) as error:
        # Every error that a user can cause says what was expected, what came and what to try.
        Console(stderr=True).print(f"[bold red]error[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt:
        Console(stderr=True).print(
            "stopped at once. If the run had been going for ten seconds, its last checkpoint is "
            "in its folder: repeat the command with --out and --resume.",
            soft_wrap=True,
        )
        sys.exit(130)
