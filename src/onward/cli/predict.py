"""`onward predict`: the network of a run, on other rows."""

from pathlib import Path
from typing import Annotated

import typer

from onward.cli.options import known_stream


def predict(
    stream: Annotated[
        list[str],
        typer.Argument(help="A built-in name, or files: paths, folders, patterns."),
    ],
    origin: Annotated[Path, typer.Option("--from", help="Folder of the run with the network.")],
    learn: Annotated[
        bool, typer.Option("--learn", help="Go on learning from labels that come.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for results; runs/STREAM-N if not given.")
    ] = None,
) -> None:
    """Predict with the network of a run; the rows follow those of that run."""
    # JAX is read here, once what can be refused without it has been.
    from onward.cli.predicting import pass_over

    pass_over(known_stream(stream), origin, learn, out)
