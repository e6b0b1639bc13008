"""Speed and memory beside their goals, from one run: `make bench`.

Each part is measured in a process of its own, by a script beside this one; contenders take turns,
and a ratio is the median over paired rounds. The column "last" is the figure in `last.json`, which
`--keep` writes anew, with the table in `docs/benchmarks.md`; rows that are worse are named at the
end.
"""

import argparse
import importlib.util
import json
import os
import shlex
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from accelerator_page import with_accelerator
from machine import describe
from places import HERE, LAST, PAGE, PEER
from rows import Row, markdown
from timing import ONE

PARTS = {
    "braintrace": "beside_braintrace.py",
    "updates": "updates.py",
    "influence": "influence.py",
    "structures": "structures.py",
    "held": "held.py",
    "blocks": "blocks.py",
    "many": "many.py",
    "compiling": "compiling.py",
    "guards": "guards.py",
    "latency": "latency.py",
    "river": "river_adapter.py",
    "start": "start.py",
}
# Parts that need what may be absent, and what it takes to have it.
NEEDS = {
    "braintrace": (PEER.exists(), "`make .venv-braintrace/.stamp`"),
    "updates": (importlib.util.find_spec("torch") is not None, "the extra `bench`"),
}


def measure(script: str, one: bool) -> tuple[str, list[Row]]:
    """The rows of a script beside this one, and how it kept to CPUs."""
    done = subprocess.run(
        [sys.executable, str(HERE / script), *([ONE] if one else [])],
        stdout=subprocess.PIPE,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return found["processors"], [Row(**row) for row in found["rows"]]


def last_time() -> dict[str, Row]:
    """The rows that were kept last, by name."""
    if not LAST.exists():
        return {}
    parts = json.loads(LAST.read_text())["rows"].values()
    return {row["name"]: Row(**row) for rows in parts for row in rows}


def table(title: str, rows: list[Row], last: dict[str, Row]) -> Table:
    """A part's rows, for a terminal."""
    shown = Table(title=title, title_justify="left", title_style="bold")
    for index, column in enumerate(("", "ours", "other", "", "measured", "last", "at most", "")):
        shown.add_column(column, justify="right" if index else "left")
    for row in rows:
        name, *numbers, verdict = row.cells(last.get(row.name))
        bad = row.met is False or row.worse(last.get(row.name))
        coloured = f"[red]{verdict}[/red]" if bad else verdict
        shown.add_row(escape(name), *map(escape, numbers), coloured)
    return shown


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="a JSON file for the figures")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS))
    parser.add_argument("--one", action="store_true", help="one CPU, in CPU time")
    parser.add_argument("--keep", action="store_true", help="write last.json and the page of docs")
    arguments = parser.parse_args()
    if arguments.keep and (set(arguments.only) != set(PARTS) or arguments.one):
        parser.error("Expected a whole run to keep; got --only or --one. Try --keep alone.")
    console = Console() if sys.stdout.isatty() else Console(width=160)
    machine = describe("make bench" if arguments.keep else shlex.join(["python", *sys.argv]))
    console.print(*(f"{name}: {value}" for name, value in machine.items()), "", sep="\n")
    # What is kept was measured on all CPUs.
    last, parts, seconds = {} if arguments.one else last_time(), {}, {}
    for part in arguments.only:
        there, wanted = NEEDS.get(part, (True, ""))
        if not there and arguments.keep:
            parser.error(f"Expected every part to keep; got no {part}. Try {wanted} first.")
        if not there:
            console.print(f"{part}: left out; it needs {wanted}.", "")
            continue
        start = time.perf_counter()
        processors, parts[part] = measure(PARTS[part], arguments.one)
        seconds[part] = round(time.perf_counter() - start)
        title = f"{part}: {processors}; {seconds[part]} s"
        console.print(table(title, parts[part], last), "")
    every = [row for rows in parts.values() for row in rows]
    tell(console, "goals missed", [row for row in every if row.met is False])
    tell(
        console,
        "rows worse than last time",
        [row for row in every if row.worse(last.get(row.name))],
    )
    rows = {part: [asdict(row) for row in rows] for part, rows in parts.items()}
    machine["seconds"] = ", ".join(f"{part} {took}" for part, took in seconds.items())
    result = json.dumps({"machine": machine, "rows": rows}, indent=2, ensure_ascii=False) + "\n"
    if arguments.out:
        arguments.out.write_text(result)
    if arguments.keep:
        LAST.write_text(result)
        PAGE.write_text(with_accelerator(markdown(machine, parts, last)))


def tell(console: Console, what: str, rows: list[Row]) -> None:
    """How many rows are so, and which."""
    console.print(f"{len(rows)} {what}.", *(f"  {row.name}" for row in rows), sep="\n")


if __name__ == "__main__":
    main()
