"""What `onward advise` does and prints."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from onward.advice import Advice, explain, make_folder, write_advice
from onward.advice import advise as measure
from onward.advice.contest import Progress
from onward.advice.explanation import METRICS
from onward.learning.xla import fast_dispatch
from onward.report.figures import diagnosis
from onward.runs import RunConfig

# Seconds between two lines of progress.
BETWEEN = 10


def advise(config: RunConfig, out: Path | None, budget: float | None) -> None:
    """Measure, print what was found, and write it where there is a folder for it.

    Args:
        config: the stream and the network.
        out: the folder; None for none.
        budget: seconds after which no further rule is tried; None for as long as it takes.
    """
    fast_dispatch()
    console = Console()
    if out is not None:
        make_folder(out)
    with progress(console) as show:
        advice = measure(config, show, budget)
    _print(console, advice)
    if out is not None:
        write_advice(out, advice)
        _draw(out, advice)
        console.print(f"\nfigures and advice.json in {escape(str(out))}", soft_wrap=True)


@contextmanager
def progress(console: Console) -> Iterator[Progress]:
    """Show what is done and how long it will take: a line that moves on a terminal, and elsewhere
    one every ten seconds on standard error."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    errors = Console(stderr=True)
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        shown = bar.add_task("compiling")
        began = told = time.monotonic()
        announced = False

        def show(doing: str, left: float | None) -> None:
            nonlocal told, announced
            now = time.monotonic()
            when = "" if left is None else f", about {duration(left)} left"
            bar.update(shown, description=escape(doing + when))
            if left is not None and not announced:
                whole = duration(now - began + left)
                errors.print(f"This takes about {whole}; --budget sets a limit.", soft_wrap=True)
                announced = True
            if not console.is_terminal and now - told > BETWEEN:
                errors.print(f"{now - began:.0f} s: {doing}{when}", soft_wrap=True, markup=False)
                told = now

        yield show


def duration(seconds: float) -> str:
    """So many seconds in words, as exact as an estimate is."""
    if seconds < 100:
        return f"{max(5, 5 * round(seconds / 5))} s"
    return f"{round(seconds / 60)} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _draw(out: Path, advice: Advice) -> None:
    found = advice.diagnoses
    diagnosis.spectrum_figure(out / "spectrum.png", found.spectrum)
    diagnosis.self_propagation_figure(out / "self-propagation.png", found.self_propagation)
    diagnosis.gradient_norms_figure(out / "gradient-norms.png", found.gradient_norms)
    if found.alignments is not None:
        diagnosis.alignment_figure(out / "alignment.png", found.alignments)
    if found.credit_horizon is not None:
        diagnosis.credit_horizon_figure(out / "credit-horizon.png", found.credit_horizon)


def _print(console: Console, advice: Advice) -> None:
    score, chosen = METRICS[advice.metric], advice.recommended
    table = Table("rule", "optimizer", "rate", f"{score} ↑", "± seeds", "work", box=None)
    table.columns[0].overflow = "fold"
    for column in table.columns[1:]:
        column.no_wrap = True
    for column in table.columns[2:]:
        column.justify = "right"
    for trial in advice.trials:
        row = (
            escape(trial.rule),
            trial.optimizer,
            f"{trial.learning_rate:g}",
            f"{trial.score:.3f}",
            "one seed" if trial.spread is None else f"{trial.spread:.3f}",
            f"{trial.work:,}",
        )
        table.add_row(*row, style="bold green" if trial is chosen else None)
    for name, reached in advice.opponents.items():
        table.add_row(name, "", "", f"{reached:.3f}", "", "", style="dim")
    console.print(table)
    console.print(
        f"{score} over the second half of {advice.rows:,} samples, mean over {len(chosen.scores)} "
        "seeds, each rule at its best setting; work: multiply-adds a sample for each parameter\n",
        style="dim",
        soft_wrap=True,
    )
    for sentence in explain(advice):
        console.print(f"• {escape(sentence)}", soft_wrap=True, highlight=False)
    console.print(f"\n{escape(advice.command)}", soft_wrap=True, highlight=False, style="bold")
