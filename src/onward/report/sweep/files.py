"""The folder of a sweep: results as JSON, tables as CSV, figures as images."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from onward._files import write_json, written_whole
from onward.evaluate import metrics_of
from onward.report.sweep.figures import settings_figure, share_figure
from onward.report.sweep.points import beside, over_seeds, text, value_text
from onward.report.table import LEARNER


def write_sweep(folder: Path, results: Mapping[str, Any]) -> list[Path]:
    """Write `sweep.json`, `points.csv`, `mattered.csv`, `mattered.png` and `settings.png`.

    Args:
        folder: where; it exists.
        results: of a sweep. The figures can be drawn again from `sweep.json` alone.

    Returns:
        The paths, in this order.
    """
    names = ("sweep.json", "points.csv", "mattered.csv", "mattered.png", "settings.png")
    paths = [folder / name for name in names]
    write_json(paths[0], results)
    _write_csv(paths[1], _points(results))
    _write_csv(paths[2], _values(results))
    share_figure(paths[3], results)
    settings_figure(paths[4], results)
    return paths


def _points(results: Mapping[str, Any]) -> Iterable[list[Any]]:
    settings, key = results["settings"], results["metric"]
    keys = [metric.key for metric in metrics_of(results["task"])]
    baselines = list(beside(results))
    spreads = [f"{key} {what}" for key in keys for what in ("mean", "std")]
    of_others = [f"{name}: {key} mean" for name in baselines]
    yield ["rank", *settings, "runs", "failed", *spreads, *of_others]
    for rank, point in enumerate(results["points"], start=1):
        told = [over_seeds(point, LEARNER, key) or ("", "") for key in keys]
        others = [(over_seeds(point, name, key) or ("",))[0] for name in baselines]
        values = [text(point["settings"][name]) for name in settings]
        runs = len(point["runs"]), len(point["errors"])
        yield [rank, *values, *runs, *(number for pair in told for number in pair), *others]


def _values(results: Mapping[str, Any]) -> Iterable[list[Any]]:
    yield ["setting", "share", "value", "runs", f"median {results['metric']}"]
    for one in results["mattered"]:
        for value in one["values"]:
            told = (value_text(value), value["runs"], value["median"])
            yield [one["setting"], one["share"], *told]


def _write_csv(path: Path, rows: Iterable[list[Any]]) -> None:
    with written_whole(path) as draft, open(draft, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
