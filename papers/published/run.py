"""Published figures beside ours: `make published`.

Parts that `--only` names are run and put beside what the others found before.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from papers.published.figures import Row
from papers.published.page import COLUMNS, markdown
from papers.published.parts import PARTS

DOCS = Path(__file__).parents[2] / "docs"


def read(kept: Path) -> dict[str, list[Row]]:
    """The rows of each part that was run before."""
    if not kept.exists():
        return {}
    return {
        part: [Row(**row) for row in rows] for part, rows in json.loads(kept.read_text()).items()
    }


def write(kept: Path, page: Path, parts: dict[str, list[Row]]) -> None:
    """Keep the rows of each part, and the page made of them."""
    ordered = {part: parts[part] for part in PARTS if part in parts}
    plain = {part: [asdict(row) for row in rows] for part, rows in ordered.items()}
    kept.write_text(json.dumps(plain, indent=1) + "\n")
    page.write_text(markdown(ordered))


def table(rows: list[Row]) -> Table:
    """All rows, for a terminal."""
    shown = Table(*COLUMNS)
    for row in rows:
        shown.add_row(row.task, *row.cells(), style="red" if row.close is False else None)
    return shown


def main() -> None:
    """Run what was asked for, keep it, and print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, help="of each run, instead of the peers'")
    parser.add_argument("--seeds", type=int, help="runs of each network, instead of ours")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS))
    parser.add_argument("--out", type=Path, default=DOCS, help="folder of the page and its figures")
    arguments = parser.parse_args()
    kept, page = arguments.out / "published.json", arguments.out / "published.md"
    console = Console() if sys.stdout.isatty() else Console(width=160)
    parts = read(kept)
    for part in arguments.only:
        steps, seeds, measure = PARTS[part]
        begun = time.perf_counter()
        parts[part] = measure(arguments.steps or steps, range(arguments.seeds or seeds))
        write(kept, page, parts)
        console.print(f"{part}: {time.perf_counter() - begun:.0f} s", style="dim")
    console.print(table([row for rows in parts.values() for row in rows]))


if __name__ == "__main__":
    main()
