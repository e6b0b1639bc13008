"""What `onward decode` does and prints."""

import shlex
import sys
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table

from onward.cli.passing import free_folder
from onward.decoders import DecodeConfig, DecodeFolder, decode, latency_of, results_of
from onward.decoders.ablation import ablations
from onward.learning.xla import fast_dispatch
from onward.recordings import Session, read_sessions
from onward.report.decoding import decode_verdict, summary_rows, write_decode_report
from onward.streams.files.moments import seconds_of


def carry_through(
    paths: Sequence[str],
    config: DecodeConfig,
    reading: dict[str, Any],
    ablate: bool,
    out: Path | None,
) -> None:
    """Decode recordings, and print what came of it.

    Args:
        paths: of the recordings.
        config: of the decoder.
        reading: how they are read; see `read_sessions`.
        ablate: whether parts of the recipe are left out in turn.
        out: the folder for results; None for the first free one.
    """
    fast_dispatch()
    console = Console()
    sessions = _read(console, paths, reading)
    folder = DecodeFolder(out or free_folder("decode"))
    last: list[Any] = []

    def keep(session: Session, decoder: Any, made: Any, frozen: Any) -> None:
        folder.keep(session, decoder, made, frozen)
        last[:] = decoder, made.state, session

    with console.status("reading") as status:
        tell = partial(_tell, console, status)
        found = decode(sessions, config, tell, keep)
        without = ablations(sessions, config, tell) if ablate else {}
        latency = latency_of(*last) if last else {}
    command = shlex.join(["onward", *sys.argv[1:]])
    results = results_of(found, config, ablation=without, latency=latency, command=command)
    folder.write(results)
    report = folder.path / "report.html"
    write_decode_report(report, results, folder.path / "predictions")
    table = Table("decoder", "F20", "prequential", "won against ours", "worst session")
    for row in summary_rows(results):
        table.add_row(*(escape(text) for text in row))
    console.print(table)
    found = decode_verdict(results)
    sentences = escape(" ".join(found.sentences))
    console.print(f"[bold]{escape(found.answer)}[/] {sentences}", highlight=False)
    for shortfall in found.shortfalls:
        console.print(f"[yellow]falls short[/] {escape(shortfall)}", highlight=False)
    console.print(f"report  {escape(str(report))}", soft_wrap=True, highlight=False)


def _tell(console: Console, status: Status, words: str) -> None:
    """On a terminal the newest sentence stands for those before it; a log has a line for each."""
    if console.is_terminal:
        status.update(escape(words))
    else:
        console.print(escape(words), soft_wrap=True, highlight=False)


def _read(console: Console, paths: Sequence[str], reading: dict[str, Any]) -> list[Session]:
    target = reading.pop("target")
    width = reading.pop("bin_s")
    where = paths[0] if len(paths) == 1 else list(paths)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        sessions = read_sessions(
            where,
            target[0] if len(target) == 1 else target,
            bin_s=None if width is None else seconds_of(width),
            **reading,
        )
    for warning in caught:
        console.print(f"[yellow]note[/] {escape(str(warning.message))}", soft_wrap=True)
    return sessions
