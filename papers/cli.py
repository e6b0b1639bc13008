"""What `onward reproduce` does: asks for claims, shows how they get on, and says what came out."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from onward.jobs import Dask, Processes
from papers.claims import CLAIMS
from papers.folder import ResultsFolder
from papers.multiverse.reading import overall, share_text
from papers.report import write_claims
from papers.run import Outcome, processors, run_worlds_of
from papers.run import reproduce as run

STYLES = {"holds": "green", "holds in a regime": "yellow", "does not hold": "red"}
MISSING = 3


def reproduce(
    ids: Sequence[str],
    *,
    quick: bool,
    seeds: int,
    out: Path | None,
    jobs: int | None,
    dask: str | None = None,
    draws: int | None = None,
) -> None:
    """Test claims, print their verdicts, and write the pages of all that the folder holds.

    First the protocols of the claims' worlds are run, each draw a job; then the claims, each under
    its own protocols.

    Args:
        ids: of the claims, in any case; all if there are none.
        quick: small networks.
        seeds: networks for each number.
        out: the folder; out/claims or out/claims-quick if not given.
        jobs: draws or claims side by side; None for as many draws as there are CPUs, and one claim.
        draws: protocols of a world; None for as many as it asks for.
        dask: the address of a Dask scheduler, on whose workers draws are run; None for processes
            here.

    Raises:
        JobsError: no such scheduler, or one with other versions.
        ValueError: there is no such claim.
        ResultsError: the folder holds results that were made in another way.
        typer.Exit: a claim could not be run for want of its recordings.
    """
    chosen = _known(ids or list(CLAIMS))
    folder = out or Path("out") / ("claims-quick" if quick else "claims")
    console = Console()
    done: list[Outcome] = []
    scale = "quick" if quick else "full"
    with _progress(console, len(chosen)) as (show, finish):
        run_worlds_of(
            chosen,
            folder,
            scale=scale,
            place=Processes(jobs or processors()) if dask is None else Dask(dask),
            progress=lambda world, done, of: show(world, f"protocol {done} of {of}"),
            draws=draws,
        )
        outcomes = run(chosen, folder, scale=scale, seeds=seeds, jobs=jobs or 1, progress=show)
        for outcome in outcomes:
            finish(outcome)
            done.append(outcome)
    ordered = sorted(done, key=lambda one: chosen.index(one.id))
    results = ResultsFolder(folder)
    read = results.read()
    written = write_claims(folder, results.all(), read)
    _print(console, ordered, read)
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


def _print(
    console: Console, outcomes: list[Outcome], read: Mapping[str, Sequence[Mapping[str, Any]]]
) -> None:
    table = Table("", "claim", "paper", "protocols", "verdict", "ours", box=None)
    for one in outcomes:
        if one.content is None:
            table.add_row(one.id, escape(one.missing), "", "", "[red]not run[/]", "")
            continue
        found = read.get(one.id, [])
        verdict = one.content["verdict"]
        outcome = overall(found) or verdict["outcome"]
        words = (one.content[key] for key in ("statement", "paper"))
        shares = "; ".join(map(share_text, found)) or "fixed only"
        judged = f"[{STYLES[outcome]}]{outcome}[/]"
        table.add_row(one.id, *map(escape, words), shares, judged, escape(verdict["ours"]))
    console.print(table)
