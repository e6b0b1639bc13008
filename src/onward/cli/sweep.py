"""`onward sweep`: many runs over one stream, and which settings mattered."""

from pathlib import Path
from typing import Annotated

import typer

from onward.cli.places import place_of


def sweep(
    config: Annotated[Path, typer.Argument(help="What varies and what does not: .toml or .json.")],
    jobs: Annotated[
        int | None, typer.Option(help="Processes of this machine; 1 if not given.")
    ] = None,
    dask: Annotated[
        str | None, typer.Option(help="Scheduler of a Dask cluster: tcp://host:8786.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for results; runs/sweep-N if not given.")
    ] = None,
) -> None:
    """Run every point of a space over a stream; goes on where it was stopped."""
    place = place_of(jobs, dask)
    # JAX is read here, once what can be refused without it has been.
    from onward.cli.sweeping import go_through
    from onward.sweeps import read_config

    go_through(read_config(config), out, place)
