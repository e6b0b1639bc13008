"""`onward advise`: which rule, decay and optimizer a stream asks for."""

import re
from pathlib import Path
from typing import Annotated

import typer

from onward.cli.options import Shared, with_shared


@with_shared
def advise(
    shared: Shared,
    limit: Annotated[int, typer.Option(help="Judge by the first so many samples.")] = 5000,
    budget: Annotated[
        str | None, typer.Option(help="Time after which no further rule is tried: 60s, 5min.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for advice.json and figures.")] = None,
) -> None:
    """Try the rules on the first samples of a stream and say which to use, and why."""
    settings = shared.settings()
    most = None if budget is None else seconds(budget)
    # JAX is read here, once what can be refused without it has been.
    from onward.cli.advising import advise
    from onward.runs import RunConfig

    config = RunConfig(**settings, limit=limit)
    advise(config, out, most)


def seconds(budget: str) -> float:
    """The seconds in `60s`, `5min` or `1h`; a number alone is of seconds.

    Raises:
        ValueError: it is none of these, or no time at all.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|)", budget.strip())
    if found is None or not float(found[1]):
        raise ValueError(f"Expected a budget of time above 0; got {budget!r}. Try --budget 60s.")
    return float(found[1]) * {"s": 1, "": 1, "h": 3600}.get(found[2], 60)
