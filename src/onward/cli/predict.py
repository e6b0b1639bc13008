"""`onward predict`: the network of a run, on other rows."""

from pathlib import Path
from typing import Annotated

import typer

from onward.cli import options
from onward.cli.options import known_stream


def predict(
    stream: options.Stream,
    origin: Annotated[Path, typer.Option("--from", help="Folder of the run with the network.")],
    learn: Annotated[
        bool, typer.Option("--learn", help="Go on learning from labels that come.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for results; runs/STREAM-N if not given.")
    ] = None,
) -> None:
    """Predict with the network of a run; the rows follow those of that run."""
    stream = known_stream(stream)
    # JAX is read here, once what can be refused without it has been.
    from onward.cli.predicting import pass_over

    pass_over(stream, origin, learn, out)
