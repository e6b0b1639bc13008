"""What `onward predict` does and prints."""

import shlex
import signal
import sys
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from onward.cli.options import STDIN
from onward.cli.passing import (
    free_folder,
    interrupts,
    judged,
    progress_bar,
    rich_table,
)
from onward.cli.teller import Teller
from onward.learning.xla import fast_dispatch
from onward.report.tables import overall_table
from onward.runs import Origin, Run


def pass_over(stream: str | tuple[str, ...], folder: Path, learn: bool, out: Path | None) -> None:
    """Predict, and print what came of it.

    Args:
        stream: the rows.
        folder: of the run whose network predicts.
        learn: whether it goes on learning.
        out: the folder for results; None for the first free one.

    Raises:
        typer.Exit: it was interrupted, after everything so far was written.
    """
    fast_dispatch()
    origin, out = Origin.read(folder, learn), out or free_folder(stream)
    # Of a live stream standard output is for the predictions.
    console, teller = Console(stderr=stream == STDIN), Teller()
    with interrupts(out) as caught:
        stop = lambda: bool(caught) or teller.closed  # noqa: E731
        command = shlex.join(["onward", *sys.argv[1:]])
        config = origin.config_of(stream)
        passed = Run(config, out, command=command, origin=origin, stop=stop)
        if stream == STDIN:
            teller.begin(passed.plan)
        for warning in passed.stream.info.warnings:
            console.print(f"[yellow]note[/] {escape(warning)}", soft_wrap=True)
        with progress_bar(console, passed) as show:
            metrics = passed(show, stop, tell=teller)
        for note in passed.rows.notes:
            console.print(f"[yellow]note[/] {escape(note)}", soft_wrap=True)
    counts = metrics["counts"]
    if counts["scored"]:
        console.print()
        console.print(rich_table(overall_table(metrics)))
    console.print(
        f"\n{counts['samples']:,} samples predicted, {counts['scored']:,} labels scored, "
        f"{counts['unlabelled']:,} missing or unusable\n"
        f"predictions  {escape(str(passed.folder.predictions))}",
        soft_wrap=True,
        highlight=False,
    )
    if not metrics["complete"]:
        length = passed.plan.length
        of_all = "" if length is None else f" of {length:,}"
        console.print(f"stopped after {passed.contest.row:,}{of_all} samples")
        raise typer.Exit(128 + (caught[0] if caught else signal.SIGPIPE))
    if learn and counts["scored"] and (code := judged(console, metrics)):
        raise typer.Exit(code)
