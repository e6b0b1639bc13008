"""Intervals on the page: their table, and their lines in the figure of any stretch."""

import numpy as np
import pandas as pd

from onward.evaluate import IntervalScores
from onward.report.explorer import explorer
from onward.report.html import render
from onward.report.intervals import intervals_table


def with_intervals(run, phases=()):
    """The run, with intervals of one unit either way around its predictions."""
    table = pd.read_parquet(run.predictions)
    target = run.metrics["stream"]["target_names"][0]
    made = table[f"onward:{target}"].to_numpy()
    table[f"onward low:{target}"], table[f"onward high:{target}"] = made - 1, made + 1
    table.to_parquet(run.predictions)
    scores = IntervalScores(1, phases)
    y = table[f"true:{target}"].to_numpy()[:, None]
    phase = np.arange(len(y)) % len(phases) if phases else None
    scores.update(0, y, made[:, None] - 1, made[:, None] + 1, phase)
    return run._replace(metrics={**run.metrics, "intervals": {"level": 0.9, **scores.result()}})


def test_the_table_has_the_whole_and_its_quarters(make_run) -> None:
    run = with_intervals(make_run())
    table, found = intervals_table(run.metrics), run.metrics["intervals"]
    assert table is not None and table.headers == ("", "whole stream", "Q1", "Q2", "Q3", "Q4")
    share, width = table.rows
    assert share.name == "labels within" and width.name == "mean width"
    parts = [found["overall"], *found["quarters"]]
    assert [cell.text for cell in share.cells] == [f"{one['coverage']:.3f}" for one in parts]
    assert {cell.text for cell in width.cells} == {"2"}
    assert "of 0.9 wanted, and width in each quarter of the rows." in table.notes[0]
    assert "Intervals around the predictions" in render(run.metrics, run.predictions)


def test_the_table_has_phases_where_there_are_few(make_run) -> None:
    run = with_intervals(make_run(phases=("dry", "wet")), phases=("dry", "wet"))
    table = intervals_table(run.metrics)
    assert table is not None and table.headers == ("", "whole stream", "dry", "wet")


def test_a_run_without_any_has_no_table(make_run) -> None:
    run = make_run()
    assert intervals_table(run.metrics) is None
    assert "Intervals around" not in render(run.metrics, run.predictions)


def test_the_ends_are_lines_of_the_figure(make_run) -> None:
    run = make_run()
    without = explorer(run.predictions, run.metrics)
    assert without is not None and [one["name"] for one in without.data["lines"]] == [
        *("true", "predicted")
    ]
    told = with_intervals(run)
    found = explorer(told.predictions, told.metrics)
    assert found is not None and [one["name"] for one in found.data["lines"]] == [
        *("true", "predicted", "interval, low", "interval, high")
    ]
    assert len(found.data["parts"][0]["targets"][0]) == 4
