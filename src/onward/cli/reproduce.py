"""`onward reproduce`: the papers' claims, tested by the studies of a checkout."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

STUDIES = "papers"


def reproduce(
    ids: Annotated[list[str] | None, typer.Argument(help="A1 … C8; all if none is given.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small networks, minutes in all.")] = False,
    seeds: Annotated[int, typer.Option(min=2, help="Networks for each number.")] = 5,
    out: Annotated[
        Path | None, typer.Option(help="Folder; out/claims or out/claims-quick if not given.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Side by side: all CPUs for protocols, one for claims."),
    ] = None,
    dask: Annotated[
        str | None, typer.Option(help="A Dask scheduler to run protocols on, tcp://host:8786.")
    ] = None,
) -> None:
    """Test the papers' claims and write a table of verdicts; goes on where it was stopped.

    The studies are part of the repository, not of the installed package.
    """
    checkout = str(_checkout())
    if checkout not in sys.path:
        # Processes that run claims side by side start with this path as well.
        sys.path.insert(0, checkout)
    studies = import_module(f"{STUDIES}.cli")
    # Reads JAX, as the studies do.
    from onward.learning.xla import fast_dispatch

    fast_dispatch()
    studies.reproduce(ids or [], quick=quick, seeds=seeds, out=out, jobs=jobs, dask=dask)


def _checkout() -> Path:
    """The checkout that onward is installed from, else the one that is the current folder.

    Raises:
        ValueError: neither has the studies.
    """
    for folder in (Path(__file__).parents[3], Path.cwd()):
        if (folder / STUDIES / "cli.py").is_file():
            return folder
    raise ValueError(
        f"Expected the studies of the papers beside the package, in {STUDIES}/ of a checkout of "
        f"the source; got onward installed without them, and none in {Path.cwd()}. Try the same "
        "command in the root of a checkout, or pip install -e . there."
    )
