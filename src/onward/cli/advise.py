"""`onward advise`: which rule, decay and optimizer a stream asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from onward.advice import Advice, explain, make_folder, write_advice
from onward.advice import advise as measure
from onward.advice.explanation import METRICS
from onward.cli.run import names
from onward.report.figures import diagnosis
from onward.runs import RunConfig


def advise(
    stream: Annotated[
        str, typer.Argument(help="A built-in name (see `onward streams`) or a path.")
    ],
    target: Annotated[str | None, typer.Option(help="Columns to predict: COL[,COL].")] = None,
    features: Annotated[str | None, typer.Option(help="Columns to predict from.")] = None,
    task: Annotated[
        Literal["regression", "classification"] | None, typer.Option(help="Inferred if not given.")
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="Column of a file whose change begins a sequence.")
    ] = None,
    weight: Annotated[
        str | None, typer.Option(help="Column of a file that weighs the label in its row.")
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(help="Predict so many samples ahead; the label arrives then.")
    ] = None,
    feedback: Annotated[
        bool, typer.Option(help="Give the newest label that has arrived as an input.")
    ] = True,
    cell: Annotated[str, typer.Option(help="See `onward info`.")] = "gru",
    size: Annotated[int, typer.Option(help="Hidden units.")] = 64,
    limit: Annotated[int, typer.Option(help="Judge by the first so many samples.")] = 5000,
    seed: Annotated[int, typer.Option(help="Of weights, rules and synthetic streams.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder for advice.json and figures.")] = None,
) -> None:
    """Try the rules on the first samples of a stream and say which to use, and why."""
    config = RunConfig(
        stream=stream,
        target=names(target),
        features=names(features),
        task=task,
        start=start,
        weight=weight,
        horizon=horizon,
        feedback=feedback,
        cell=cell,
        size=size,
        seed=seed,
        limit=limit,
    )
    console = Console()
    if out is not None:
        make_folder(out)
    with _progress(console) as show:
        advice = measure(config, show)
    _print(console, advice)
    if out is not None:
        write_advice(out, advice)
        _draw(out, advice)
        console.print(f"\nfigures and advice.json in {escape(str(out))}", soft_wrap=True)


@contextmanager
def _progress(console: Console) -> Iterator[Any]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        shown = bar.add_task("compiling")
        yield lambda doing: bar.update(shown, description=escape(doing))


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
