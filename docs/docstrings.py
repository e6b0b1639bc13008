"""Our docstrings as reStructuredText, for autodoc.

They are written to be read in a terminal: code in single backticks, formulas as plain text in
indented blocks. Sections (`Args:`, `Returns:`) are left to napoleon, which comes after.
"""

import importlib
import re
from collections.abc import Iterator
from functools import cache

ROOMS = (
    "adapters.sklearn",
    "algebra",
    "cells",
    "cost",
    "diagnose",
    "evaluate",
    "expansions",
    "forecasters",
    "losses",
    "mixing",
    "optimizers",
    "readouts",
    "recordings",
    "rules",
    "safety",
    "scales",
    "serving",
    "streams",
    "testing",
)
SECTION = re.compile(r"(Args|Arguments|Attributes|Class attributes|Raises|Returns|Yields):$")
SPAN = re.compile(r"(`[^`]+`)")
NAME = re.compile(r"(?:onward\.)?(?:\w+\.)*(\w+)(?:\(\))?$")


@cache
def homes() -> dict[str, str]:
    """Where each public name is documented: in its room, or in `onward` where that has no room.

    A name that stands for different things in two rooms is the one that `onward` offers.
    """
    found, members = {}, {}
    for room in ("", *ROOMS):
        path = f"onward.{room}".rstrip(".")
        module = importlib.import_module(path)
        for name in module.__all__:
            if members.setdefault(name, getattr(module, name)) is getattr(module, name):
                found[name] = f"{path}.{name}"
    return found


def blocks(lines: list[str]) -> list[tuple[bool, list[str]]]:
    """The lines in groups: of prose (False), and of formulas in indented blocks (True)."""
    found: list[tuple[bool, list[str]]] = [(False, [])]
    section, blank = False, True
    for line in lines:
        indented = line.startswith("    ")
        if line and not indented:
            section = bool(SECTION.match(line))
        formula = not section and indented and (blank or found[-1][0])
        if line and formula != found[-1][0]:
            found.append((formula, []))
        found[-1][1].append(line)
        blank = not line
    return found


def prose(text: str, home: dict[str, str]) -> str:
    """Text with its code as links or literals, and nothing else that has a meaning."""

    def one(piece: str) -> str:
        if not SPAN.fullmatch(piece):
            return re.sub(r"([*|]|_\b(?!\w))", r"\\\1", piece)
        code = piece.strip("`")
        name = NAME.fullmatch(code)
        if name and name[1] in home:
            return f":py:obj:`{code} <{home[name[1]]}>`"
        return f"``{code}``"

    return "".join(map(one, SPAN.split(text)))


def to_rest(lines: list[str]) -> list[str]:
    """A docstring's lines as reStructuredText."""
    home, found = homes(), []
    for formula, group in blocks(lines):
        if formula:
            found += [".. code-block:: text", "", *group, *([] if not group[-1] else [""])]
        else:
            found += prose("\n".join(group), home).split("\n")
    return list(returned(found))


def returned(lines: list[str]) -> Iterator[str]:
    """The lines with `Returns:` as a field, for napoleon takes words before a colon for a type."""
    field = ""
    for line in lines:
        if line in ("Returns:", "Yields:"):
            field = f":{line.lower()} "
        elif field:
            yield field + line.strip()
            field = ""
        else:
            yield line
