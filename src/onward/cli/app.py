"""The commands, and what they have in common."""

from importlib.metadata import version as installed
from typing import Annotated

import typer

from onward.cli.advise import advise
from onward.cli.decode import decode
from onward.cli.info import info
from onward.cli.predict import predict
from onward.cli.reproduce import reproduce
from onward.cli.run import run
from onward.cli.streams import streams
from onward.cli.sweep import sweep

app = typer.Typer(
    name="onward",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(run)
app.command()(predict)
app.command()(decode)
app.command()(advise)
app.command()(sweep)
app.command()(reproduce)
app.command()(streams)
app.command()(info)


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(f"onward {installed('onward')}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_tell_version,
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Recurrent networks that learn online, one sample at a time."""
