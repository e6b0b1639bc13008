"""The tables, files and figures of a sweep."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from onward.report.sweep import best_table, mattered_table, write_sweep
from onward.report.sweep.figures import settings_figure


def run(seed: int, score: float | None) -> dict[str, Any]:
    scores = {"onward": score, "last label": 0.5, "frozen after warm-up": 0.4}
    rows = {name: {"r2": r2, "mae": 1.0, "rmse": 2.0, "smape": None} for name, r2 in scores.items()}
    return {"seed": seed, "learner": "a network", "task": "regression", "scores": rows}


def point(rate: float, *scores: float | None, errors: int = 0) -> dict[str, Any]:
    runs = [run(seed, score) for seed, score in enumerate(scores)]
    settings = {"cell": "gru", "learning_rate": rate}
    return {"settings": settings, "runs": runs, "errors": ["so it was"] * errors}


RESULTS: dict[str, Any] = {
    "metric": "r2",
    "task": "regression",
    "settings": ["cell", "learning_rate"],
    "seeds": 2,
    "points": [
        point(1e-3, 0.7, 0.9),
        point(1e-4, 0.6, errors=1),
        point(1e-1, -1e9, 0.1),
        point(1.0, None, None),
    ],
    "mattered": [
        {
            "setting": "learning_rate",
            "share": 0.5,
            "values": [
                {"low": 1e-4, "high": 0.01, "runs": 3, "median": 0.7},
                {"low": 0.01, "high": 1.0, "runs": 4, "median": None},
            ],
        },
        {
            "setting": "cell",
            "share": None,
            "values": [{"value": "gru", "runs": 7, "median": 0.1}],
        },
    ],
}


def texts(table: Any) -> list[list[str]]:
    return [[row.name, *(cell.text for cell in row.cells)] for row in table.rows]


def test_the_best_points_stand_above_the_baselines() -> None:
    table = best_table(RESULTS)
    assert table.headers == ("", "cell", "learning_rate", "R² ↑", "runs")
    assert texts(table) == [
        ["1", "gru", "0.001", "0.800 ± 0.14", "2"],
        ["2", "gru", "0.0001", "0.600", "1, 1 failed"],
        ["3", "gru", "0.1", "−5.0e+08 ± 7.1e+08", "2"],
        ["4", "gru", "1", "–", "2"],
        ["frozen after warm-up", "", "", "0.400 ± 0", ""],
        ["last label", "", "", "0.500 ± 0", ""],
    ]
    assert "The best of 4 points was chosen by these scores" in " ".join(table.notes)


def test_what_mattered_is_said_with_its_best_and_worst_value() -> None:
    assert texts(mattered_table(RESULTS)) == [
        ["learning_rate", "50%", "0.0001 to 0.01 (0.700)", "0.0001 to 0.01 (0.700)"],
        ["cell", "–", "gru (0.100)", "gru (0.100)"],
    ]


def test_the_folder_has_tables_and_figures_that_come_from_its_json(tmp_path: Path) -> None:
    paths = write_sweep(tmp_path, RESULTS)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in paths)
    with (tmp_path / "points.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4"]
    assert float(rows[0]["r2 mean"]) == 0.8 and rows[3]["r2 mean"] == ""
    assert (rows[1]["failed"], rows[0]["last label: r2 mean"]) == ("1", "0.5")
    mattered = (tmp_path / "mattered.csv").read_text("utf-8").splitlines()
    assert mattered[1:3] == [
        "learning_rate,0.5,0.0001 to 0.01,3,0.7",
        "learning_rate,0.5,0.01 to 1,4,",
    ]
    drawn = {path.name: path.read_bytes() for path in paths}
    assert all(drawn[name][:4] == b"\x89PNG" for name in ("mattered.png", "settings.png"))
    write_sweep(tmp_path, json.loads((tmp_path / "sweep.json").read_text("utf-8")))
    assert {path.name: path.read_bytes() for path in paths} == drawn


@pytest.mark.parametrize("baseline", [-1e6, 0.5, 1e3])
def test_a_baseline_far_from_the_runs_leaves_room_for_the_figure(
    tmp_path: Path, baseline: float
) -> None:
    points = [point(0.1, 0.7, 0.71), point(0.2, 0.69)]
    for one in points:
        for each in one["runs"]:
            each["scores"]["last label"]["r2"] = baseline
    settings_figure(tmp_path / "settings.png", {**RESULTS, "points": points})
