"""The pages of docs/ run as they stand, and lead where they say."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

import catalogue
import pages
from onward import probe

ROOT = pages.DOCS.parent
OWN = ("howto/own-cell", "howto/own-rule")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")


# Own cells and rules run in `make test`; the other pages run in `make test-all` and `make docs`.
PARTS = list(OWN)
OTHERS = [page for page in pages.PAGES if page not in PARTS]


# In a process of its own, as a reader has it: single precision, nothing strict.
@pytest.mark.first
@pytest.mark.parametrize(
    "chosen",
    [
        pytest.param(PARTS, id="own parts", marks=pytest.mark.xdist_group("pages of parts")),
        pytest.param(OTHERS, id="others", marks=pytest.mark.long),
    ],
)
def test_the_code_of_the_pages_runs(chosen: list[str], tmp_path: Path) -> None:
    fast = {"JAX_DISABLE_MOST_OPTIMIZATIONS": "1", "JAX_PLATFORMS": "cpu", "MPLBACKEND": "Agg"}
    done = subprocess.run(
        [sys.executable, pages.__file__, *chosen],
        cwd=tmp_path,
        env={**os.environ, **fast},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(f"{page}: " in done.stdout for page in chosen)
    # The mistake on the page is found out.
    found = "Expected jacobian of Forgetful to be that of autodiff" in done.stdout
    assert found == (OWN[0] in chosen)


def defined(page: str) -> dict[str, Any]:
    """The names that the first cell of a page leaves."""
    scope: dict[str, Any] = {"__name__": page}
    exec(compile(pages.code(page)[0], f"{page}.md", "exec"), scope)
    return scope


@pytest.mark.parametrize("page", OWN)
def test_twenty_lines_are_all_that_they_take(page: str) -> None:
    lines = [line for line in pages.code(page)[0].splitlines() if line.strip()]
    assert len([line for line in lines if not line.startswith(("import ", "from "))]) <= 20


def test_the_rows_of_the_catalogue_are_true_of_both() -> None:
    scope = {**vars(catalogue), **defined(OWN[0]), **defined(OWN[1])}
    scope |= {"CELLS": {}, "RULES": {}}
    for page in OWN:
        (row,) = re.findall(r"```python\n(.*?)```", pages.text(page), re.DOTALL)
        exec(compile(row, f"{page}.md", "exec"), scope)
    (row,), (rule,) = scope["CELLS"].values(), scope["RULES"].values()
    cell = row.factory(3, catalogue.UNITS, key=jax.random.key(0))
    state, x = cell.init_state(), jnp.zeros(3)
    assert type(eqx.filter_eval_shape(cell.jacobian, state, x)) is row.jacobian
    assert type(eqx.filter_eval_shape(cell.immediate, state, x)) is row.immediate
    assert catalogue.state_size(cell) == row.state_size
    assert probe(cell).needs_normalisation == (row.optimizer == "rmsprop")
    assert rule.make(cell).exactness(cell) == rule.exactness("ugrnn") == "biased"


@pytest.mark.parametrize(
    "path",
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *pages.ALL],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_every_link_leads_to_a_file(path: Path) -> None:
    missing = [
        link for link in LINK.findall(path.read_text("utf-8")) if not (path.parent / link).exists()
    ]
    assert not missing


def test_every_page_is_in_the_site() -> None:
    listed = set()
    for index in ("index", "reference/index"):
        for tree in re.findall(r"```\{toctree\}\n(.*?)```", pages.text(index), re.DOTALL):
            names = [line for line in tree.splitlines() if line and not line.startswith(":")]
            listed |= {(Path(index).parent / name).as_posix() for name in names}
    written = {path.relative_to(pages.DOCS).with_suffix("").as_posix() for path in pages.ALL}
    assert listed == written - {"index"}
