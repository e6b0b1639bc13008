"""What `onward decode` does and prints."""

import shlex
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from onward.cli.passing import interrupts
from onward.decoders import DecodeConfig, DecodeFolder, ablations, decode, latency_of, results_of
from onward.decoders.progress import Progress
from onward.learning.xla import fast_dispatch
from onward.recordings import Session
from onward.report.decoding import decode_verdict, summary_rows, write_decode_report


class Stopped(Exception):
    """It was interrupted, and what is done has been kept."""


def carry_through(
    sessions: Sequence[Session],
    config: DecodeConfig,
    progress: Progress,
    ablate: bool,
    notes: Sequence[str],
) -> None:
    """Decode sessions, and print what came of it.

    Args:
        sessions: in order of time.
        config: of the decoder.
        progress: of the study.
        ablate: whether parts of the recipe are left out in turn.
        notes: what is to be told of the recordings.

    Raises:
        typer.Exit: it was interrupted.
    """
    fast_dispatch()
    console, folder = Console(), DecodeFolder(progress)
    for note in notes:
        console.print(f"[yellow]note[/] {escape(note)}", soft_wrap=True)
    with interrupts(folder.path, "checkpoints/*/*.safetensors") as caught:
        shown = console.status("begins") if console.is_terminal else nullcontext()
        with shown as status:

            def tell(words: str) -> None:
                if status is not None:
                    status.update(escape(words))
                if "epoch" not in words:
                    console.print(escape(words), soft_wrap=True, highlight=False)
                if caught:
                    raise Stopped

            try:
                results = _results(sessions, config, folder, ablate, tell)
            except Stopped:
                _say_how_to_go_on(console, folder)
                raise typer.Exit(128 + caught[0]) from None
    folder.write(results)
    report = folder.path / "report.html"
    write_decode_report(report, results, folder.path / "predictions")
    titles = ("decoder", "F20", "prequential", "won against ours", "worst session")
    table = Table(*titles, box=None)
    for row in summary_rows(results):
        table.add_row(*(escape(text) for text in row))
    console.print(table)
    verdict = decode_verdict(results)
    sentences = escape(" ".join(verdict.sentences))
    console.print(f"[bold]{escape(verdict.answer)}[/] {sentences}", highlight=False)
    for shortfall in verdict.shortfalls:
        console.print(f"[yellow]falls short[/] {escape(shortfall)}", highlight=False)
    console.print(f"report  {escape(str(report))}", soft_wrap=True, highlight=False)


def _results(
    sessions: Sequence[Session],
    config: DecodeConfig,
    folder: DecodeFolder,
    ablate: bool,
    tell: Any,
) -> dict[str, Any]:
    found = decode(sessions, config, tell, folder)
    without = ablations(sessions, config, tell, folder.progress) if ablate else {}
    latency = latency_of(*found.last, found.sessions[-1]) if found.last else {}
    command = shlex.join(["onward", *sys.argv[1:]])
    return results_of(found, config, ablation=without, latency=latency, command=command)


def _say_how_to_go_on(console: Console, folder: DecodeFolder) -> None:
    done = sum(len(one["sessions"]) for one in folder.progress.done["seeds"].values())
    where = escape(str(folder.path))
    console.print(
        f"stopped after {done} sessions, seed by seed; everything so far is in {where}. To go on, "
        f"repeat the command with --out {where} --resume.",
        soft_wrap=True,
    )
