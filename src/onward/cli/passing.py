"""What `onward run` does and prints while it passes over a stream."""

import re
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as RichTable

from onward.cli.options import STDIN
from onward.cli.teller import Teller
from onward.learning.xla import fast_dispatch
from onward.report import (
    Table,
    exit_code,
    overall_table,
    phase_table,
    series_table,
    verdict,
    write_report,
)
from onward.report.members import regret_sentence, trusted_sentence
from onward.report.table import mixed
from onward.runs import Progress as RunProgress
from onward.runs import Run, RunConfig


def pass_over(config: RunConfig, out: Path | None, resume: bool) -> None:
    """Run, and print what came of it.

    Args:
        config: what to run.
        out: the folder for results; None for the first free one.
        resume: go on with what is in `out`.

    Raises:
        typer.Exit: it was interrupted, after everything so far was written.
    """
    fast_dispatch()
    folder = out or free_folder(config.stream)
    # Of a live stream standard output is for the predictions.
    console, teller = Console(stderr=config.stream == STDIN), Teller()
    command = shlex.join(["onward", *sys.argv[1:]])
    with interrupts(folder) as caught:
        stop = lambda: bool(caught) or teller.closed  # noqa: E731
        passed = Run(config, folder, resume=resume, command=command, stop=stop)
        if config.stream == STDIN:
            teller.begin(passed.plan)
        for warning in passed.stream.info.warnings:
            console.print(f"[yellow]note[/] {escape(warning)}", soft_wrap=True)
        with progress_bar(console, passed) as show:
            metrics = _passed(passed, show, stop, teller)
        for note in passed.rows.notes:
            console.print(f"[yellow]note[/] {escape(note)}", soft_wrap=True)
    report = _write_report(passed, metrics)
    code = judged(console, metrics)
    _print(console, metrics)
    console.print(f"\nreport  {escape(str(report))}", soft_wrap=True, highlight=False)
    if not metrics["complete"]:
        where, length = escape(str(folder)), passed.plan.length
        of_all = "" if length is None else f" of {length:,}"
        console.print(
            f"stopped after {passed.contest.row:,}{of_all} samples; everything "
            f"so far is in {where}. To go on, repeat the command with --out {where} --resume.",
            soft_wrap=True,
        )
        raise typer.Exit(128 + (caught[0] if caught else signal.SIGPIPE))
    if code:
        raise typer.Exit(code)


def _passed(passed: Run, show: Any, stop: Callable[[], bool], teller: Teller) -> dict[str, Any]:
    """The results of a pass; of one that an error ends there is a report, too."""
    try:
        return passed(show, stop, tell=teller)
    except Exception:
        # Of two errors the first is what its user has to mend.
        with suppress(OSError):
            if passed.left is not None:
                _write_report(passed, passed.left)
        raise


def _write_report(passed: Run, metrics: dict[str, Any]) -> Path:
    report = passed.folder.path / "report.html"
    write_report(report, metrics, passed.folder.predictions)
    return report


def judged(console: Console, metrics: dict[str, Any]) -> int:
    """Say what is wrong with a run, in red where its numbers say nothing; return the exit code."""
    lines = verdict(metrics)
    for line in lines:
        colour = "bold red" if line.severity == "error" else "yellow"
        console.print(f"[{colour}]{line.severity}[/] {escape(line.sentence)}", soft_wrap=True)
    return exit_code(lines)


def free_folder(stream: str | tuple[str, ...]) -> Path:
    """runs/STREAM-N with the first N that is free; STREAM is the name of the first path."""
    first = stream if isinstance(stream, str) else stream[0]
    name = "stdin" if first == STDIN else Path(first).resolve().name.lstrip(".").split(".")[0]
    # Of a pattern, what is left is no part of a name that a shell would expand.
    stem, number = re.sub(r"[^\w-]+", "-", name).strip("-") or "stream", 1
    while (folder := Path("runs") / f"{stem}-{number}").exists():
        number += 1
    return folder


@contextmanager
def interrupts(folder: Path, kept: str = "checkpoint/*.safetensors") -> Iterator[list[int]]:
    """Collect Ctrl-C and termination, so that a pass can end between two chunks; a second one
    ends it at once.

    Args:
        folder: of the results.
        kept: the pattern of its checkpoints.
    """
    caught: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)

    def catch(number: int, _: Any) -> None:
        if caught:
            raise KeyboardInterrupt
        caught.append(number)

    before = [signal.signal(number, catch) for number in numbers]
    try:
        yield caught
    except KeyboardInterrupt:
        _say_where(folder, kept)
        raise typer.Exit(128 + caught[0]) from None
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _say_where(folder: Path, kept: str) -> None:
    """What is left of a pass that was stopped between two checkpoints."""
    if any(folder.glob(kept)):
        left = f"Its last checkpoint is in {folder}; to go on from there, repeat the command with "
        left += f"--out {folder} --resume."
    else:
        left = "It had not come to its first checkpoint yet."
    Console(stderr=True).print(f"stopped at once. {escape(left)}", soft_wrap=True)


@contextmanager
def progress_bar(console: Console, passed: Run) -> Iterator[Any]:
    score = "R²" if passed.stream.info.task == "regression" else "accuracy"
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}{task.fields[of]}"),
        TextColumn("{task.fields[speed]}"),
        TextColumn("{task.fields[score]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        name = escape(passed.stream.info.name)
        length = passed.plan.length
        of_all = "" if length is None else f"/{length:,}"
        shown = bar.add_task(name, total=length, of=of_all, speed="compiling", score="")

        def show(progress: RunProgress) -> None:
            speed = progress.samples_per_second
            recent = "" if progress.score is None else f"recent {score} {progress.score:.3f}"
            text = f"{speed:,.0f} samples/s" if speed else "compiling"
            bar.update(shown, completed=progress.row, speed=text, score=recent)

        yield show


def _print(console: Console, metrics: dict[str, Any]) -> None:
    counts, speed = metrics["counts"], metrics["samples_per_second"]
    for table in (overall_table(metrics), phase_table(metrics), series_table(metrics)):
        if table is not None:
            console.print()
            console.print(rich_table(table))
    console.print(
        f"\n{counts['samples']:,} samples: {counts['scored']:,} labels scored, "
        f"{counts['unlabelled']:,} missing or unusable, {counts['skipped']:,} samples skipped"
        + (f"; {speed:,.0f} samples a second" if speed else "")
    )
    if counts["sequences"] is not None:
        first = " of each series" if metrics["stream"]["series_name"] else ""
        console.print(
            f"{counts['sequences']:,} sequences began, one with the first sample{first} and one "
            f"with each {escape(_begins(metrics['stream']['start_name']))}"
        )
    told = (trusted_sentence(metrics), regret_sentence(metrics)) if mixed(metrics) else ()
    for sentence in filter(None, told):
        console.print(escape(sentence), soft_wrap=True, highlight=False)
    for name, value in metrics["diagnostics"].items():
        console.print(f"{name}: {'none' if value is None else f'{value:.3f} in the mean'}")


def _begins(name: str) -> str:
    """What begins a sequence, of a stream's `start_name`."""
    parts = name.split(" or ")
    gaps = [part.removeprefix("a ") for part in parts if part.startswith("a gap in ")]
    columns = [part for part in parts if not part.startswith("a gap in ")]
    return " or ".join([*(f"change of {column!r}" for column in columns), *gaps])


def rich_table(table: Table) -> RichTable:
    made = RichTable(*table.headers, box=None, caption="\n".join(table.notes) or None)
    for column in made.columns[1:]:
        column.justify = "right"
    for row in table.rows:
        style = "bold" if row.kind == "learner" else None
        cells = (f"[green]{escape(c.text)}[/]" if c.best else escape(c.text) for c in row.cells)
        made.add_row(escape(row.name), *cells, style=style)
    return made
