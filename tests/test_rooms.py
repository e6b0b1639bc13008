"""Data flows one way: every module imports from the rooms below its own, and from no other."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import onward
from rooms import MAY_IMPORT, WITHOUT_JAX, read_table

ROOT = Path(onward.__file__).parent
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}

# The studies, beside the package.
STUDIES = ROOT.parents[1] / "papers"

# A rule sees what a cell is, and none in particular.
SEEN_BY_RULES = {"cells.base", "cells.derive"}


def room_of(module: str) -> str:
    return module.split(".")[0]


def imports(tree: ast.AST, at_once: bool = False) -> Iterator[str]:
    """Every name that is imported, dotted; `at_once`: only what runs when the module is read."""
    for node in ast.iter_child_nodes(tree):
        lazy = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        typing = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not (at_once and (lazy or typing)):
            yield from imports(node, at_once)


def modules_in(names: Iterator[str]) -> set[str]:
    """The modules of onward among imported names, relative to it; names within are cut off."""
    found = set()
    for name in names:
        if name != "onward" and not name.startswith("onward."):
            continue
        inside = name.removeprefix("onward").removeprefix(".")
        while inside and inside not in MODULES:
            inside = inside.rpartition(".")[0]
        found.add(inside or "__init__")
    return found


def faults(module: str, source: str) -> list[str]:
    """What a module imports and may not."""
    room, tree = room_of(module), ast.parse(source)
    inside = modules_in(imports(tree))
    outside = {name.split(".")[0] for name in imports(tree)}
    found = [
        f"{module} imports onward.{other}"
        for other in sorted(inside)
        if room_of(other) not in MAY_IMPORT[room] | {room}
    ]
    if room == "rules":
        found += [
            f"{module} knows a particular cell, by onward.{other}"
            for other in sorted(inside)
            if room_of(other) == "cells" and other not in SEEN_BY_RULES
        ]
    found += [f"{module} imports {name}" for name in outside & {STUDIES.name}]
    if room in WITHOUT_JAX:
        found += [f"{module} imports {name}" for name in outside & {"jax", "equinox", "optax"}]
    return found


@pytest.mark.parametrize("module", [name for name in MODULES if name != "__init__"])
def test_a_module_imports_only_from_the_rooms_that_its_own_may(module: str) -> None:
    assert room_of(module) in MAY_IMPORT, "a new room needs its row in CONTRIBUTING.md"
    assert faults(module, MODULES[module].read_text()) == []


def test_every_room_of_the_table_is_there() -> None:
    assert set(MAY_IMPORT) == {room_of(module) for module in MODULES} - {"__init__"}


def test_there_is_no_cycle_of_modules_that_are_read_at_once() -> None:
    graph = {
        module: modules_in(imports(ast.parse(path.read_text()), at_once=True))
        for module, path in MODULES.items()
        if module != "__init__"
    }
    order = list(TopologicalSorter(graph).static_order())
    first, second, third = "algebra.jacobian", "rules.rtrl", "learning.learner"
    assert order.index(first) < order.index(second) < order.index(third)


def test_a_room_may_only_name_rooms_above_it() -> None:
    table = "| `low` | | a |\n| `high` | `low` and theirs | b |\n"
    assert read_table(table) == {"low": frozenset(), "high": frozenset({"low"})}
    with pytest.raises(ValueError, match="got high"):
        read_table("| `low` | `high` | a |\n| `high` | | b |\n")


@pytest.mark.parametrize(
    ("module", "source", "fault"),
    [
        ("algebra.jacobian", "from onward.cells import RNN", "imports onward.cells"),
        ("cells.rnn", "import onward.rules.base as base", "imports onward.rules.base"),
        ("rules.rtrl", "from onward.cells import RNN", "by onward.cells"),
        ("rules.rtrl", "from onward.cells.rnn import RNN", "by onward.cells.rnn"),
        ("losses.base", "from onward import learning", "imports onward.learning"),
        ("losses.base", "from onward.scales import Unscaled", "imports onward.scales"),
        ("cost.cost", "def f():\n    from onward.learning import loop", "imports onward.learning"),
        ("streams.rows", "from onward._typing import Array", "imports onward._typing"),
        ("evaluate.state", "from jax import numpy", "imports jax"),
        ("evaluate.state", "from onward.learning import Learner", "imports onward.learning"),
        ("report.html", "import jax.numpy as jnp", "imports jax"),
        ("report.html", "from onward.runs import Run", "imports onward.runs"),
        ("diagnose.spectrum", "from onward.streams import Sine", "imports onward.streams"),
        ("diagnose.spectrum", "from onward.report.table import Table", "imports onward.report"),
        ("learning.learner", "from onward.diagnose import record", "imports onward.diagnose"),
        ("runs.run", "from onward.report import write", "imports onward.report"),
        ("storing.checkpoint", "import onward.cli.entry", "imports onward.cli.entry"),
        ("learning.loop", "from onward import Learner", "imports onward.__init__"),
        ("cli.reproduce", "from papers.cli import reproduce", "imports papers"),
        ("cli.reproduce", "def f():\n    import papers.claims", "imports papers"),
    ],
)
def test_what_goes_upwards_is_found(module: str, source: str, fault: str) -> None:
    (found,) = faults(module, source)
    assert fault in found
    assert faults(module, "import math") == []


def private(source: str) -> list[str]:
    """The names of onward that a study imports and that begin with an underscore."""
    names = (name.split(".") for name in imports(ast.parse(source)))
    return [
        ".".join(name) for name in names if name[0] == "onward" and any(p[0] == "_" for p in name)
    ]


@pytest.mark.parametrize(
    "path", sorted(STUDIES.rglob("*.py")), ids=lambda path: str(path.relative_to(STUDIES))
)
def test_a_study_uses_what_is_public(path: Path) -> None:
    assert private(path.read_text()) == []


def test_what_is_private_is_found() -> None:
    assert private("from onward._trees import split") == ["onward._trees.split"]
    assert private("from onward.cells.rnn import _slope") == ["onward.cells.rnn._slope"]
    assert private("from onward.cells import RNN\nfrom papers.lab import _x") == []


def test_reading_the_package_reads_no_study() -> None:
    read = "import sys, onward.cli; print(sum(name.startswith('papers') for name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", read], cwd=STUDIES.parent, capture_output=True, text=True
    )
    assert done.stdout == "0\n", done.stderr
