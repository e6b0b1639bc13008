"""Docstrings as the site shows them."""

import importlib
import importlib.util
from types import ModuleType

import pytest

import pages

TEXT = """The rule.

Of `Learner` and `x * y`, with *args and |g_t|:

    P ← J P + B
    c_ * d

It goes on; see `onward.cost`.

Args:
    decay: λ, for (N, *parameter).

        Not a formula.

Returns:
    A pair: of one
    and another.
"""


@pytest.fixture(scope="module")
def docstrings() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docstrings", pages.DOCS / "docstrings.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_code_becomes_links_and_literals_and_formulas_stay_as_they_are(docstrings) -> None:
    assert docstrings.to_rest(TEXT.split("\n")) == [
        "The rule.",
        "",
        "Of :py:obj:`Learner <onward.Learner>` and ``x * y``, with \\*args and \\|g_t\\|:",
        "",
        ".. code-block:: text",
        "",
        "    P ← J P + B",
        "    c_ * d",
        "",
        "It goes on; see :py:obj:`onward.cost <onward.cost.cost>`.",
        "",
        "Args:",
        "    decay: λ, for (N, \\*parameter).",
        "",
        "        Not a formula.",
        "",
        ":returns: A pair: of one",
        "    and another.",
        "",
    ]


def test_every_public_name_is_on_a_page(docstrings) -> None:
    for name, home in docstrings.homes().items():
        room = home.split(".")[1:-1]
        page = pages.text(f"reference/{room[0] if room else 'onward'}")
        assert f"automodule:: {home.rpartition('.')[0]}\n" in page
        assert hasattr(importlib.import_module(home.rpartition(".")[0]), name)
