"""The options that commands share, and the names in them, found before JAX is read."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from onward._names import RULES, canonical, plain
from onward.streams import builtin_streams, open_stream

Stream = Annotated[str, typer.Argument(help="A built-in name (see `onward streams`) or a path.")]
Target = Annotated[str | None, typer.Option(help="Columns to predict: COL[,COL].")]
Features = Annotated[str | None, typer.Option(help="Columns to predict from.")]
Task = Annotated[
    Literal["regression", "classification"] | None, typer.Option(help="Inferred if not given.")
]
Start = Annotated[str | None, typer.Option(help="Column of a file whose change begins a sequence.")]
Weight = Annotated[
    str | None, typer.Option(help="Column of a file that weighs the label in its row.")
]
Horizon = Annotated[
    int | None, typer.Option(help="Predict so many samples ahead; the label arrives then.")
]
Feedback = Annotated[bool, typer.Option(help="Give the newest label that has arrived as an input.")]
Cell = Annotated[str, typer.Option(help="See `onward info`.")]
Size = Annotated[int, typer.Option(help="Hidden units.")]
Seed = Annotated[int, typer.Option(help="Of weights, rules and synthetic streams.")]


def names(text: str | None) -> tuple[str, ...] | None:
    """The names in `A, B`; None for no text."""
    return None if text is None else tuple(name.strip() for name in text.split(",") if name.strip())


def known_stream(text: str) -> str:
    """A built-in stream by its name, whatever its case, or a path.

    Raises:
        StreamError: there is neither.
    """
    built_in = {plain(row.name): row.name for row in builtin_streams()}
    if text in built_in.values() or Path(text).exists():
        return text
    if plain(text) in built_in:
        return built_in[plain(text)]
    open_stream(text)
    return text


def known_rule(text: str) -> str:
    """A rule with its options as they are.

    Raises:
        ValueError: there is none of that name.
    """
    name, colon, options = text.partition(":")
    return canonical("rule", name, RULES) + colon + options
