"""The tables of a sweep: the best points beside the baselines, and which settings mattered."""

import math
from collections.abc import Mapping
from typing import Any

from onward.evaluate import FROZEN, Metric
from onward.report.sweep.points import beside, metric_of, over_seeds, text, value_text
from onward.report.table import LEARNER, Cell, Row, Table

SHOWN = 10


def best_table(results: Mapping[str, Any]) -> Table:
    """The best points, and what stood beside the best of them.

    Args:
        results: of a sweep, as `sweep.json` has them.
    """
    metric, settings, points = metric_of(results), results["settings"], results["points"]
    rows = []
    for rank, point in enumerate(points[:SHOWN], start=1):
        cells = [Cell(text(point["settings"][name]), False) for name in settings]
        told = over_seeds(point, LEARNER, metric.key)
        failed = len(point["errors"])
        runs = f"{len(point['runs'])}" + (f", {failed} failed" if failed else "")
        cells += [Cell(_score(metric, told), rank == 1), Cell(runs, False)]
        rows.append(Row(f"{rank}", f"{rank}", "learner" if rank == 1 else "part", tuple(cells)))
    for name, told in beside(results).items():
        blank = [Cell("", False) for _ in settings]
        cells = (*blank, Cell(_score(metric, told), False), Cell("", False))
        rows.append(Row(name, name, "frozen" if name == FROZEN else "baseline", cells))
    headers = ("", *settings, metric.header, "runs")
    return Table(headers, tuple(rows), tuple(_notes(results)))


def mattered_table(results: Mapping[str, Any]) -> Table:
    """For each setting its share of what runs differ in, and its best and its worst value."""
    metric, rows = metric_of(results), []
    for one in results["mattered"]:
        known = [value for value in one["values"] if value["median"] is not None]
        ordered = sorted(known, key=lambda value: value["median"], reverse=True)
        ends = (ordered[0], ordered[-1]) if ordered else ()
        share = "–" if one["share"] is None else f"{one['share']:.0%}"
        told = [f"{value_text(end)} ({metric.format(end['median'])})" for end in ends] or ["–", "–"]
        cells = tuple(Cell(words, False) for words in (share, *told))
        rows.append(Row(one["setting"], one["setting"], "part", cells))
    headers = ("setting", "share", "best value", "worst value")
    note = (
        "The share of the variance of the runs' ranks that lies between the values of a setting, "
        f"less what chance puts there; and the median {metric.label} at its best and worst value."
    )
    return Table(headers, tuple(rows), (note,))


def _score(metric: Metric, told: tuple[float, float] | None) -> str:
    if told is None:
        return metric.format(None)
    mean, spread = told
    return metric.format(mean) + (f" ± {spread:.2g}" if math.isfinite(spread) else "")


def _notes(results: Mapping[str, Any]) -> list[str]:
    count, notes = len(results["points"]), []
    if results["seeds"] > 1:
        notes.append(f"± is the standard deviation over {results['seeds']} seeds.")
    notes.append("The baselines are those of the best point's runs.")
    if count > 1:
        notes.append(
            f"The best of {count:,} points was chosen by these scores, which flatter it: score it "
            "on later rows, or with other seeds."
        )
    if count > SHOWN:
        notes.append(f"The first {SHOWN} of {count:,} points; points.csv has all.")
    return notes
