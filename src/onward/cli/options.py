"""The options that commands share, and the names in them, found before JAX is read."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from onward._names import CELLS, MISSING, RULES, TASKS, WEIGHTS, canonical, plain
from onward.streams import builtin_streams, open_file, open_stream
from onward.streams.files.sessions import files_of, is_one_file

STDIN = "-"


@dataclass(frozen=True)
class Shared:
    """What `onward run` and `onward advise` are both told: the stream and the network."""

    stream: Annotated[
        list[str],
        typer.Argument(
            help="A built-in name (see `onward streams`), or files: paths, folders, patterns."
        ),
    ]
    target: Annotated[str | None, typer.Option(help="Columns to predict: COL[,COL].")] = None
    features: Annotated[str | None, typer.Option(help="Columns to predict from.")] = None
    task: Annotated[
        str | None, typer.Option(help="regression or classification; inferred if not given.")
    ] = None
    start: Annotated[
        str | None, typer.Option(help="Column of a file whose change begins a sequence.")
    ] = None
    gap: Annotated[
        str | None, typer.Option(help="Jump in time that begins a sequence: 15min, 1h, 7d.")
    ] = None
    series: Annotated[
        str | None,
        typer.Option(help="Column that tells interleaved series apart; found out if not given."),
    ] = None
    one_series: Annotated[
        bool, typer.Option("--one-series", help="Take all rows for one series.")
    ] = False
    weights: Annotated[
        str, typer.Option(help="Of several series: shared by all, or own weights for each.")
    ] = "shared"
    phases: Annotated[str | None, typer.Option(help="Column whose values the report compares.")] = (
        None
    )
    weight: Annotated[
        str | None, typer.Option(help="Column of a file that weighs the label in its row.")
    ] = None
    valid: Annotated[
        str | None, typer.Option(help="Column that is false in rows to be left out.")
    ] = None
    calendar: Annotated[
        bool, typer.Option(help="Add features of the time of day, of the week and of the year.")
    ] = False
    missing_code: Annotated[
        list[str] | None,
        typer.Option(help="What stands for a missing value, as -999; may be repeated."),
    ] = None
    missing: Annotated[
        str,
        typer.Option(
            help="What a missing feature counts as: its mean or its last value; or skip the sample."
        ),
    ] = "mean"
    mask: Annotated[
        bool, typer.Option("--mask", help="Let the network read which features are missing.")
    ] = False
    separator: Annotated[
        str | None, typer.Option(help="Between columns of text; found out if not given.")
    ] = None
    decimal: Annotated[
        str | None, typer.Option(help="Decimal mark in text; found out if not given.")
    ] = None
    header: Annotated[
        bool, typer.Option(help="Whether the first row of a table holds the column names.")
    ] = True
    reverse: Annotated[
        bool, typer.Option("--reverse", help="Read each file from its last row to its first.")
    ] = False
    horizon: Annotated[
        str | None,
        typer.Option(
            help="How far ahead to predict: samples, or time as 24h; the label comes then."
        ),
    ] = None
    feedback: Annotated[
        bool, typer.Option(help="Give the newest label that has arrived as an input.")
    ] = True
    cell: Annotated[str, typer.Option(help="Of the networks; see `onward info`.")] = "gru"
    size: Annotated[int, typer.Option(help="Hidden units.")] = 64
    seed: Annotated[int, typer.Option(help="Of weights, rules and synthetic streams.")] = 0

    def settings(self) -> dict[str, Any]:
        """The same as `RunConfig` takes it.

        Raises:
            StreamError, ValueError: for a stream, a cell or another choice that does not exist.
        """
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            **{name: value for name, value in given.items() if name != "missing_code"},
            "stream": known_stream(self.stream),
            "target": names(self.target),
            "features": names(self.features),
            "missing_codes": tuple(self.missing_code or ()),
            "horizon": None if self.horizon is None else _whole(self.horizon),
            "task": None if self.task is None else canonical("task", self.task, TASKS),
            "weights": canonical("value of --weights", self.weights, WEIGHTS),
            "missing": canonical("value of --missing", self.missing, MISSING),
            "cell": canonical("cell", self.cell, CELLS),
        }


def with_shared(command: Callable[..., None]) -> Callable[..., None]:
    """A command with the shared options before its own, which takes them as its first argument."""
    shared, own = inspect.signature(Shared), inspect.signature(command)
    _, *others = own.parameters.values()

    def both(**given: Any) -> None:
        told = Shared(**{name: given.pop(name) for name in shared.parameters})
        command(told, **given)

    both.__name__, both.__doc__ = command.__name__, command.__doc__
    all_of_them = [*shared.parameters.values(), *others]
    vars(both)["__signature__"] = own.replace(parameters=all_of_them)
    both.__annotations__ = {one.name: one.annotation for one in all_of_them}
    return both


def names(text: str | None) -> tuple[str, ...] | None:
    """The names in a text, which a stream cuts at commas that no name has; None for no text."""
    return None if text is None else (text.strip(),)


def known_stream(texts: Sequence[str]) -> str | tuple[str, ...]:
    """A built-in stream by its name, whatever its case; else one path or pattern, or several.

    Raises:
        StreamError: there is none of these.
    """
    if len(texts) > 1:
        for text in texts:
            if is_one_file(text) and not Path(text).exists():
                open_file(text, None)
        files_of(texts)
        return tuple(texts)
    (text,) = texts
    built_in = {plain(row.name): row.name for row in builtin_streams()}
    if text == STDIN or text in built_in.values() or Path(text).exists():
        return text
    if plain(text) in built_in:
        return built_in[plain(text)]
    if is_one_file(text):
        open_stream(text)
    files_of(text)
    return text


def known_rule(text: str) -> str:
    """A rule with its options as they are.

    Raises:
        ValueError: there is none of that name.
    """
    name, colon, options = text.partition(":")
    return canonical("rule", name, RULES) + colon + options


def _whole(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text
