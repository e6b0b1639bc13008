"""Our docstrings as reStructuredText, for autodoc.

They are written to be read in a terminal: code in single backticks, formulas as plain text in
indented blocks. Sections (`Args:`, `Returns:`) are left to napoleon, which comes after.
"""

import importlib
import inspect
import re
from functools import cache
from typing import Any

ROOMS = (
    "algebra",
    "cells",
    "cost",
    "diagnose",
    "evaluate",
    "losses",
    "optimizers",
    "readouts",
    "rules",
    "scales",
    "streams",
    "testing",
)
SECTION = re.compile(r"(Args|Arguments|Attributes|Class attributes|Raises|Returns|Yields):$")
SPAN = re.compile(r"(`[^`]+`)")
NAME = re.compile(r"(?:onward\.)?(?:\w+\.)*(\w+)(?:\(\))?$")


@cache
def homes() -> dict[str, str]:
    """Where each public name is documented: in its room, or in `onward` where that has no room."""
    found = {}
    for room in ("", *ROOMS):
        path = f"onward.{room}".rstrip(".")
        found |= {name: f"{path}.{name}" for name in importlib.import_module(path).__all__}
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
            found += ["::", "", *group, *([] if not group[-1] else [""])]
        else:
            found += prose("\n".join(group), home).split("\n")
    return found


def convert(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """autodoc's event `autodoc-process-docstring`."""
    del app, name, obj, options
    if what != "property":
        lines[:] = to_rest(lines)


def convert_property(
    app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """The same for a property, after napoleon, which would take words before a colon for a type."""
    del app, name, options
    if what == "property":
        written = getattr(obj, "fget", getattr(obj, "func", obj)).__doc__ or ""
        lines[:] = to_rest([*inspect.cleandoc(written).split("\n"), ""])


def skip(app: Any, what: str, name: str, obj: Any, skipped: bool, options: Any) -> bool | None:
    """autodoc's event `autodoc-skip-member`: what another page documents, and fields of tuples."""
    del options
    if what == "module" and app.env.current_document.docname == "reference/onward":
        return True if homes().get(name) != f"onward.{name}" else None
    return True if type(obj).__name__ == "_tuplegetter" else skipped or None


def setup(app: Any) -> dict[str, bool]:
    """Register the events with Sphinx."""
    app.connect("autodoc-process-docstring", convert, priority=400)
    app.connect("autodoc-process-docstring", convert_property, priority=600)
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True}
