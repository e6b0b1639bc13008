"""Many streams, with other libraries in environments of their own: `make bench-streams`.

One table from one run. What has run is kept in `build/streams`, so that an interrupted run goes on
where it was, and only those run again whose sources have changed.
"""

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.streams.contestants import CONTESTANTS
from benchmarks.streams.environments import ENVIRONMENTS, ROOT
from benchmarks.streams.jobs import NOT_RUN, result_of
from benchmarks.streams.page import absences, markdown, number, score, told
from benchmarks.streams.recordings import AbsentError
from benchmarks.streams.split import half
from benchmarks.streams.streams import STREAMS, samples_of
from benchmarks.streams.table import LAST, MEAN, OURS, Cell, Row, cell_of

# The modules of the other benchmarks find each other by their own names.
sys.path.append(str(Path(__file__).parents[1]))
from machine import describe

KEPT, PAGE = ROOT / "benchmarks" / "streams.json", ROOT / "docs" / "benchmarks-streams.md"


@dataclass(frozen=True)
class Asked:
    """What the command line asks for.

    Attributes:
        contestants: their names.
        limit: the first rows of each stream alone; None for all.
        seeds: of contestants that run with several.
        jobs: processes at a time.
        stored: take what earlier runs have kept alone.
    """

    contestants: Sequence[str]
    limit: int | None = None
    seeds: int = 3
    jobs: int = 1
    stored: bool = False


def row_of(console: Console, name: str, asked: Asked) -> Row:
    """All contestants on a stream, told one by one."""
    try:
        samples = samples_of(name, asked.limit)
    except AbsentError as error:
        return Row(name, half(name), STREAMS[name].score, reason=str(error))
    able = [one for one in asked.contestants if samples.task in CONTESTANTS[one].tasks]
    before = peers_before(name, len(samples.y)) if asked.stored and asked.limit is None else {}
    cells: dict[str, Cell] = {}
    pool = ThreadPoolExecutor(asked.jobs)
    try:
        turns = {
            one: [
                pool.submit(result_of, samples, one, seed, stored=asked.stored)
                for seed in range(asked.seeds if CONTESTANTS[one].seeded else 1)
            ]
            for one in able
        }
        for one, results in turns.items():
            found = [result.result() for result in results]
            # Of those that only some seeds have run for, these count.
            ran = [result for result in found if result != NOT_RUN]
            cells[one] = before[one] if not ran and one in before else cell_of(ran or found)
            said = cells[one].reason or (
                f"{samples.source.score} {number(cells[one].score)}, "
                f"{number(cells[one].micros, 3) or '?'} µs, {number(cells[one].megabytes, 3)} MB"
            )
            console.print(f"{name} · {one}: {said}", style="dim", markup=False, highlight=False)
    finally:
        # An interrupt starts no more of them.
        pool.shutdown(cancel_futures=True)
    return Row(name, half(name), samples.source.score, len(samples.y), cells)


def peers_before(stream: str, rows: int, path: Path = KEPT) -> dict[str, Cell]:
    """What the last run that was kept has found of other libraries on a stream, by name.

    They do not change with Onward. Figures of its own and of baselines are never taken from there.

    Args:
        stream: its name.
        rows: how many it has.
        path: of what was kept.
    """
    for row in json.loads(path.read_text())["rows"]:
        if row["stream"] == stream and row["rows"] == rows:
            cells = {name: Cell(**cell) for name, cell in row["cells"].items()}
            return {
                name: cell
                for name, cell in cells.items()
                if CONTESTANTS[name].kind == "peer" and cell.reason is None
            }
    return {}


def table(rows: Sequence[Row]) -> Table:
    """What matters most of every stream, for a terminal."""
    shown = Table("stream", "half", "rows", "score", "first", "", OURS, "", LAST, MEAN)
    for row in rows:
        first, flags = row.first(), row.flags(OURS)
        worse = any(words.startswith("below") for words in flags)
        best, ours, last, mean = (
            score(row.cells.get(name or "", Cell())) for name in (first, OURS, LAST, MEAN)
        )
        shown.add_row(
            *(row.stream, row.half, f"{row.rows:,}", row.score, first or row.reason, best, ours),
            f"[red]{', '.join(flags)}[/red]" if worse else ", ".join(flags),
            *(last, mean),
        )
    return shown


def machine() -> dict[str, str]:
    """What the figures were measured on, and with."""
    found = describe(shlex.join(["python", "-m", "benchmarks.streams.run", *sys.argv[1:]]))
    found = {name: value for name, value in found.items() if not name.startswith("versions")}
    found["newest commit to src/onward"] = _commit()
    for name, environment in ENVIRONMENTS.items():
        found[f"versions, {name}"] = environment.missing() or environment.versions()
    return found


def _commit() -> str:
    told = ["git", "log", "-1", "--format=%h, %cs", "--", "src/onward"]
    changed = ["git", "status", "--porcelain", "--", "src/onward"]
    commit, more = (
        subprocess.run(each, cwd=ROOT, capture_output=True, text=True).stdout.strip()
        for each in (told, changed)
    )
    return f"{commit or 'none'}{', and changes since' if more else ''}"


def positive(text: str) -> int:
    """A number of rows, seeds or processes."""
    number = int(text) if text.isdigit() else 0
    if not number:
        raise argparse.ArgumentTypeError(f"Expected a positive integer; got {text!r}. Try 1.")
    return number


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=STREAMS, nargs="+", default=list(STREAMS))
    parser.add_argument("--contestants", choices=CONTESTANTS, nargs="+", default=list(CONTESTANTS))
    parser.add_argument("--limit", type=positive, help="the first rows of each stream alone")
    parser.add_argument("--seeds", type=positive, default=Asked.seeds, help="of those that draw")
    parser.add_argument("--jobs", type=positive, default=Asked.jobs, help="processes at a time")
    parser.add_argument("--keep", action="store_true", help="write streams.json and the page")
    parser.add_argument("--stored", action="store_true", help="run nothing; take what is kept")
    parser.add_argument("--note", help="what else is to be known of the machine")
    given = parser.parse_args()
    asked = Asked(given.contestants, given.limit, given.seeds, given.jobs, given.stored)
    whole = set(given.only) == set(STREAMS) and set(asked.contestants) == set(CONTESTANTS)
    if given.keep and not (whole and asked.limit is None):
        parser.error("Expected a whole run to keep; got a part of it. Try --keep alone.")
    console = Console() if sys.stdout.isatty() else Console(width=180)
    on = {**machine(), "processes at a time": str(asked.jobs), "seeds": str(asked.seeds)}
    if asked.stored:
        on["stored"] = (
            "what had run by then; where a seed had not, the others count, and first is who is "
            "first of those that had; peers that have not run here are as in the last run kept"
        )
    if given.note:
        on["note"] = given.note
    console.print(*(f"{name}: {value}" for name, value in on.items()), "", sep="\n")
    rows = [row_of(console, name, asked) for name in given.only]
    console.print("", table(rows), *absences(rows), "", *told(rows, OURS), sep="\n")
    if given.keep:
        plain = {"machine": on, "rows": [asdict(row) for row in rows]}
        KEPT.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n")
        PAGE.write_text(markdown(on, rows))


if __name__ == "__main__":
    main()
