"""What `onward reproduce` does: asks for claims, shows how they get on, and says what came out."""

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from papers.claims import CLAIMS
from papers.folder import ResultsFolder
from papers.report import write_claims
from papers.run import Outcome
from papers.run import reproduce as run

STYLES = {"holds": "green", "holds in a regime": "yellow", "does not hold": "red"}
MISSING = 3


def reproduce(ids: Sequence[str], *, quick: bool, seeds: int, out: Path | None, jobs: int) -> None:
    """Test claims, print their verdicts, and write the pages of all that the folder holds.

    Args:
        ids: of the claims, in any case; all if there are none.
        quick: small networks.
        seeds: networks for each number.
        out: the folder; out/claims or out/claims-quick if not given.
        jobs: claims side by side.

    Raises:
        ValueError: there is no such claim.
        ResultsError: the folder holds results that were made in another way.
        typer.Exit: a claim could not be run for want of its recordings.
    """
    chosen = _known(ids or list(CLAIMS))
    folder = out or Path("out") / ("claims-quick" if quick else "claims")
    console = Console()
    done: list[Outcome] = []
    with _progress(console, len(chosen)) as (show, finish):
        outcomes = run(
            chosen,
            folder,
            scale="quick" if quick else "full",
            seeds=seeds,
            jobs=jobs,
            progress=show,
        )
        for outcome in outcomes:
            finish(outcome)
            done.append(outcome)
    ordered = sorted(done, key=lambda one: chosen.index(one.id))
    written = write_claims(folder, ResultsFolder(folder).all())
    _print(console, ordered)
    for path in written:
        console.print(escape(str(path)), soft_wrap=True, highlight=False)
    if any(one.content is None for one in done):
        raise typer.Exit(MISSING)


def _known(ids: Sequence[str]) -> list[str]:
    """The claims asked for, each once, in the order of the papers.

    Raises:
        ValueError: there is no such claim.
    """
    wanted = {identity.upper() for identity in ids}
    for identity in sorted(wanted - set(CLAIMS)):
        near = difflib.get_close_matches(identity, CLAIMS, n=2, cutoff=0.5)
        hint = " or ".join(near) if near else "one of these"
        listed = ", ".join(CLAIMS)
        raise ValueError(f"Expected claims among {listed}; got {identity!r}. Try {hint}.")
    return [identity for identity in CLAIMS if identity in wanted]


@contextmanager
def _progress(console: Console, claims: int) -> Iterator[tuple[Any, Any]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        shown, count = bar.add_task(f"0 of {claims} claims"), 0

        def finish(outcome: Outcome) -> None:
            nonlocal count
            count += 1
            bar.console.print(_line(outcome), soft_wrap=True, highlight=False)
            bar.update(shown, description=f"{count} of {claims} claims")

        def show(identity: str, doing: str) -> None:
            text = f"{count} of {claims} claims · {identity} · {doing}"
            bar.update(shown, description=escape(text))

        yield show, finish


def _line(outcome: Outcome) -> str:
    if outcome.content is None:
        return f"[bold]{outcome.id}[/] [red]not run[/] {escape(outcome.missing)}"
    verdict = outcome.content["verdict"]["outcome"]
    before = " [dim](finished before)[/]" if outcome.resumed else ""
    return f"[bold]{outcome.id}[/] [{STYLES[verdict]}]{verdict}[/]{before}"


def _print(console: Console, outcomes: list[Outcome]) -> None:
    table = Table("", "claim", "paper", "ours", "verdict", box=None)
    for one in outcomes:
        if one.content is None:
            table.add_row(one.id, escape(one.missing), "", "", "[red]not run[/]")
            continue
        verdict = one.content["verdict"]
        judged = f"[{STYLES[verdict['outcome']]}]{verdict['outcome']}[/]"
        regime = f" [dim]({escape(verdict['regime'])})[/]" if verdict["regime"] else ""
        words = (one.content[key] for key in ("statement", "paper"))
        table.add_row(one.id, *map(escape, words), escape(verdict["ours"]), judged + regime)
    console.print(table)
