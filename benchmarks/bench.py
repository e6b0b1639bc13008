"""Speed and memory beside their goals, from one run: `make bench`.

Each part is measured in a process of its own, by a script beside this one; contenders take turns,
and a ratio is the median over paired rounds. The column "last" is the ratio in `last.json`, which
`--keep` writes anew, with the table in `docs/benchmarks.md`.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from places import HERE, LAST, PAGE, PEER
from rows import Row, markdown
from timing import ONE

PACKAGES = ("onward", "jax", "jaxlib", "equinox", "optax", "torch", "numpy")
PARTS = {
    "braintrace": "beside_braintrace.py",
    "updates": "updates.py",
    "influence": "influence.py",
    "structures": "structures.py",
    "held": "held.py",
    "many": "many.py",
    "compiling": "compiling.py",
    "latency": "latency.py",
    "start": "start.py",
}
# Parts that need what may be absent, and what it takes to have it.
NEEDS = {
    "braintrace": (PEER.exists(), "`make .venv-braintrace/.stamp`"),
    "updates": (importlib.util.find_spec("torch") is not None, "the extra `bench`"),
}


def measure(script: str, one: bool) -> tuple[str, list[Row]]:
    """The rows of a script beside this one, and how it kept to processors."""
    done = subprocess.run(
        [sys.executable, str(HERE / script), *([ONE] if one else [])],
        stdout=subprocess.PIPE,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return found["processors"], [Row(**row) for row in found["rows"]]


def versions() -> dict[str, str]:
    """Of the packages that the figures depend on, where they are installed."""
    found = {}
    for name in PACKAGES:
        if importlib.util.find_spec(name):
            found[name] = importlib.metadata.version(name)
    return found


def table(part: str, processors: str, rows: list[Row], last: dict[str, float]) -> Table:
    """A part's rows, for a terminal."""
    shown = Table(title=f"{part}: {processors}", title_justify="left", title_style="bold")
    for index, column in enumerate(("", "ours", "other", "", "measured", "last", "at most", "")):
        shown.add_column(column, justify="right" if index else "left")
    for row in rows:
        name, *numbers, verdict = row.cells(last.get(row.name))
        coloured = f"[red]{verdict}[/red]" if row.met is False else verdict
        shown.add_row(escape(name), *map(escape, numbers), coloured)
    return shown


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="a JSON file for the figures")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS))
    parser.add_argument("--one", action="store_true", help="one processor, in processor time")
    parser.add_argument("--keep", action="store_true", help="write last.json and the page of docs")
    arguments = parser.parse_args()
    if arguments.keep and (set(arguments.only) != set(PARTS) or arguments.one):
        parser.error("Expected a whole run to keep; got --only or --one. Try --keep alone.")
    console = Console() if sys.stdout.isatty() else Console(width=160)
    machine = (
        f"{', '.join(' '.join(pair) for pair in versions().items())}; "
        f"Python {platform.python_version()}; {os.cpu_count()} processors, "
        f"load {os.getloadavg()[0]:.1f} at the start."
    )
    console.print(machine, "")
    last = json.loads(LAST.read_text())["values"] if LAST.exists() else {}
    parts: dict[str, Any] = {}
    for part in arguments.only:
        there, wanted = NEEDS.get(part, (True, ""))
        if not there and arguments.keep:
            parser.error(f"Expected every part to keep; got no {part}. Try {wanted} first.")
        if not there:
            console.print(f"{part}: left out; it needs {wanted}.", "")
            continue
        processors, rows = measure(PARTS[part], arguments.one)
        parts[part] = rows
        console.print(table(part, processors, rows, last), "")
    every = [row for rows in parts.values() for row in rows]
    missed = [row.name for row in every if row.met is False]
    console.print(f"{len(missed)} goals missed.", *missed, sep="\n  ")
    result = {"machine": machine, "values": {row.name: row.value for row in every}}
    if arguments.out:
        rows = {part: [vars(row) for row in rows] for part, rows in parts.items()}
        arguments.out.write_text(json.dumps({**result, "rows": rows}, indent=2) + "\n")
    if arguments.keep:
        LAST.write_text(json.dumps(result, indent=2) + "\n")
        PAGE.write_text(markdown(machine, parts, last))


if __name__ == "__main__":
    main()
