"""Numbers as a table of claims shows them, and every kind of figure from plain data."""

from pathlib import Path
from typing import Any

import pytest

from papers.report.figures import claim_figure
from papers.report.pages import command, number


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([84.0, 90.0, 78.0], "84.0 ± 6.0"),
        ([-453.0, -453.0], "-453 ± 0"),
        ([0.0345, 0.0355], "0.0350 ± 0.0007"),
        ([1e-5, 3e-5], "2.00e-05 ± 1e-05"),
        ([0.0, 0.0], "0 ± 0"),
        ([1.0, None, None], "diverged (2 of 3)"),
    ],
)
def test_a_number_is_mean_and_spread_of_a_sample(values: list[float | None], shown: str) -> None:
    assert number(values) == shown


def test_a_command_repeats_the_scale_and_the_seeds() -> None:
    assert command({"id": "B2", "scale": "full", "seeds": 5}) == "onward reproduce B2 --seeds 5"
    quick = {"id": "B2", "scale": "quick", "seeds": 6}
    assert command(quick) == "onward reproduce B2 --quick --seeds 6"


def content(kind: str, **changes: Any) -> dict[str, Any]:
    """Results with two methods, one far beyond the axes, one diverged."""
    rows = [
        {"name": "frozen", "values": [[0.0, 0.0]]},
        {"name": "immediate", "values": [[80.0, 90.0]]},
        {"name": "stale trace", "values": [[-500.0, -406.0]]},
        {"name": "last label", "values": [[None, 1.0]]},
    ]
    series = [
        {"name": name, "x": [0.0, 1.0], "mean": [1.0, None], "std": [0.1, 0.0]} for name in "ab"
    ]
    figure = {
        "kind": kind,
        "title": "Title",
        "xlabel": "x",
        "ylabel": "y",
        "series": series,
        "tables": [0, 0, 0],
        "column": 0,
        "labels": ["one", "two"],
        "reference": 84.0,
        "logarithmic": "",
    }
    table = {"title": "rnn of 4", "columns": ["recovery, %"], "rows": rows}
    return {"tables": [table], "figure": figure | changes}


def text_of(folder: Path, found: dict[str, Any]) -> str:
    """The words in the figure, drawn both ways."""
    claim_figure(folder / "S1.png", found)
    assert (folder / "S1.png").read_bytes()[:4] == b"\x89PNG"
    return (folder / "S1.svg").read_text("utf-8")


def test_bars_say_what_lies_beyond_the_axes(tmp_path: Path) -> None:
    text = text_of(tmp_path, content("bars"))
    assert text.count("← -453") == text.count("diverged") == 3, "in each of three panels"
    assert text.count("stale trace") == 3 and "Title" in text
    errors = content("bars", reference=None)
    errors["tables"][0]["columns"] = ["mean squared error"]
    assert "← -453" not in text_of(tmp_path, errors), "only a recovery is cut"


def test_the_papers_recovery_is_no_mark_among_errors(tmp_path: Path) -> None:
    """Else the axis would reach to it."""
    marked = content("bars", reference=450.0, tables=[0])
    marked["tables"][0]["columns"] = ["gain"]
    assert ">400<" in text_of(tmp_path, marked)
    marked["tables"][0]["columns"] = ["error, % of exact credit's (mean squared error)"]
    assert ">400<" not in text_of(tmp_path, marked)


@pytest.mark.parametrize("kind", ["lines", "dots", "map"])
def test_series_are_drawn_with_gaps_where_there_is_no_number(kind: str, tmp_path: Path) -> None:
    found = content(kind, logarithmic="y" if kind == "lines" else "", labels=["one", "two"])
    text = text_of(tmp_path, found)
    assert all(word in text for word in ("Title", "one", "two"))


def test_logarithms_are_plain_numbers(tmp_path: Path) -> None:
    found = content("lines", logarithmic="y", labels=[], reference=None)
    found["figure"]["series"][0]["mean"] = [10.0, 1000.0]
    text = text_of(tmp_path, found)
    assert "1000" in text and "mathdefault" not in text
