"""The rooms of the package and what each may import, read from the table in CONTRIBUTING.md."""

import re
from pathlib import Path

GUIDE = Path(__file__).parents[1] / "CONTRIBUTING.md"
ROW = re.compile(r"^\| (?P<rooms>`[^|]*)\|(?P<imports>[^|]*)\|(?P<purpose>[^|]*)\|$", re.M)


def read_table(text: str) -> dict[str, frozenset[str]]:
    """What each room may import besides itself, in the order of the table."""
    may: dict[str, frozenset[str]] = {}
    for row in ROW.finditer(text):
        named = frozenset(re.findall(r"`(\w+)`", row["imports"]))
        unknown = named - may.keys()
        if unknown:
            raise ValueError(f"Expected rooms of rows above; got {', '.join(sorted(unknown))}.")
        theirs = (
            named.union(*(may[room] for room in named)) if "theirs" in row["imports"] else named
        )
        may |= dict.fromkeys(re.findall(r"`(\w+)`", row["rooms"]), theirs)
    return may


def without_jax(text: str) -> frozenset[str]:
    """The rooms whose row says that they import no JAX."""
    return frozenset(
        room
        for row in ROW.finditer(text)
        if "no JAX" in row["purpose"]
        for room in re.findall(r"`(\w+)`", row["rooms"])
    )


MAY_IMPORT = read_table(GUIDE.read_text(encoding="utf-8"))
WITHOUT_JAX = without_jax(GUIDE.read_text(encoding="utf-8"))
