"""What `onward sweep` does and prints."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from onward.cli.passing import rich_table
from onward.jobs import AbstractPlace, Outcome
from onward.report.sweep import best_table, mattered_table, write_sweep
from onward.sweeps import Sweep, SweepConfig

INTERRUPTED = 130


def go_through(config: SweepConfig, out: Path | None, place: AbstractPlace) -> None:
    """Do what is left of a sweep, print what came of it, and write it.

    Args:
        config: which runs there are.
        out: the folder; None for the first free one.
        place: where they are done.

    Raises:
        ValueError: it cannot be done as it was asked for, or every run failed.
        typer.Exit: it was interrupted.
    """
    folder, console = out or _free_folder(), Console()
    sweep = Sweep(config, folder)
    console.print(
        f"{sweep.count // config.seeds:,} points of {', '.join(config.space)}, {config.seeds} "
        f"seed{'s' * (config.seeds > 1)} each; results in {escape(str(folder))}",
        soft_wrap=True,
        highlight=False,
    )
    errors, resumed = [], 0
    outcomes = sweep.outcomes(place)
    try:
        with _progress(console, sweep.count) as show:
            for outcome in outcomes:
                show(outcome)
                resumed += outcome.resumed
                errors += [f"{outcome.name}: {outcome.error}"] if outcome.error else []
    except KeyboardInterrupt:
        outcomes.close()
        console.print(
            f"stopped. What is done is in {escape(str(folder))}; to go on, repeat the command with "
            f"--out {escape(str(folder))}.",
            soft_wrap=True,
        )
        raise typer.Exit(INTERRUPTED) from None
    results = sweep.results()
    paths = write_sweep(folder, results)
    if resumed:
        console.print(f"{resumed:,} runs were done before", highlight=False)
    for error in errors:
        console.print(f"[yellow]failed[/] {escape(error)}", soft_wrap=True, highlight=False)
    for table in (best_table(results), mattered_table(results)):
        console.print()
        console.print(rich_table(table))
    console.print()
    for path in paths:
        console.print(escape(str(path)), soft_wrap=True, highlight=False)


@contextmanager
def _progress(console: Console, count: int) -> Iterator:
    columns = (
        *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        shown = bar.add_task("runs", total=count)

        def show(outcome: Outcome) -> None:
            bar.update(shown, advance=1, description=escape(outcome.name))

        yield show


def _free_folder() -> Path:
    number = 1
    while (folder := Path("runs") / f"sweep-{number}").exists():
        number += 1
    return folder
