"""The section of the page that holds what `make bench-gpu` found, and the page with it."""

import json
from typing import Any

from places import ACCELERATOR
from rows import Row, tables

TITLE = "## accelerator"
COMMAND = "`make bench-gpu`"
NOTHING_YET = (
    f"{COMMAND} has not been run on an accelerator yet, so there are no figures here. "
    "`python benchmarks/accelerator.py --small` runs every part of it on a CPU, in sizes that say "
    "nothing, and the tests do so."
)
WHAT = (
    "On a GPU or a TPU it measures exact RTRL of 1,024 units beside its product alone; the memory "
    "of that and of immediate derivatives (a paper says 12.9 GB and 12.6 MB), as the device's own "
    "allocator tells it; fleets of 1 to 10,000 learners; a step with and without its prediction "
    "read back; and whether predictions are those of a CPU."
)


def kept() -> dict[str, Any] | None:
    """What the last run on an accelerator found; None where there was none."""
    return json.loads(ACCELERATOR.read_text()) if ACCELERATOR.exists() else None


def with_accelerator(page: str, found: dict[str, Any] | None = None) -> str:
    """A page with the section at its end, in place of the one that it may have.

    Args:
        page: of the benchmarks.
        found: the results of a run; None for what is kept.
    """
    head = page.split(f"\n{TITLE}\n")[0].rstrip("\n")
    return "\n".join([head, "", TITLE, "", *section(found or kept())]) + "\n"


def section(found: dict[str, Any] | None) -> list[str]:
    """The lines below the heading."""
    if found is None:
        return [NOTHING_YET, "", WHAT]
    parts = {name: [Row(**row) for row in rows] for name, rows in found["rows"].items()}
    return [
        f"Made by {COMMAND}; every row comes from one run on one device, and "
        f"`benchmarks/{ACCELERATOR.name}` holds the same figures.",
        "",
        WHAT,
        "",
        *(f"- {name}: {value}" for name, value in (found["place"] | found["machine"]).items()),
        *(f"- not measured: {part}: {why}" for part, why in found["failed"].items()),
        *tables(parts, {}, "###"),
    ]
