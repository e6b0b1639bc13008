"""What the tables of a run are made of, for the HTML page and for the terminal."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from onward.evaluate import FROZEN, Metric, metrics_of

LEARNER = "onward"

# Scores closer than this are called level: R² and accuracy are read to two or three digits.
LEVEL = 0.005

Kind = Literal["learner", "frozen", "baseline", "part"]


@dataclass(frozen=True)
class Cell:
    """A formatted score, and whether it reads as the best of those it stands beside."""

    text: str
    best: bool


@dataclass(frozen=True)
class Row:
    """Scores of one learner, or of one part of the stream: its key, its name, and what it is."""

    key: str
    name: str
    kind: Kind
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A header for the names and one per column of cells, the rows, and remarks below them."""

    headers: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def headline(metrics: Mapping[str, Any]) -> Metric:
    """The metric that a run is summarised by: R² or accuracy."""
    return metrics_of(metrics["stream"]["task"])[0]


def score_of(metrics: Mapping[str, Any], key: str) -> float | None:
    """The headline metric of a learner over the whole stream; the mean over several seeds."""
    metric = headline(metrics).key
    seeds = metrics.get("seeds", {}).get("learners", {}).get(key, {"overall": {}})["overall"]
    if metric in seeds:
        return seeds[metric]["mean"]
    return metrics["learners"].get(key, {"overall": {}})["overall"].get(metric)


def best_baseline(metrics: Mapping[str, Any]) -> str | None:
    """The baseline with the best headline metric; the frozen copy of the learner is none."""
    keys = [key for key in metrics["learners"] if key not in (LEARNER, FROZEN)]
    scores = {key: score for key in keys if (score := score_of(metrics, key)) is not None}
    return max(scores, key=lambda key: scores[key], default=None)


def ordered_keys(metrics: Mapping[str, Any]) -> list[str]:
    """Keys of the learners: ours, its frozen twin, then the baselines as they come."""
    order = {LEARNER: 0, FROZEN: 1}
    return sorted(metrics["learners"], key=lambda key: order.get(key, 2))


def display_name(metrics: Mapping[str, Any], key: str) -> str:
    """What a learner is called on a page: ours by its parts, the others by their keys.

    Of a mixture it is the first network that is frozen.
    """
    if key == FROZEN and mixed(metrics):
        return f"{FROZEN} (first network)"
    return metrics["learner"] if key == LEARNER else key


def mixed(metrics: Mapping[str, Any]) -> bool:
    """Whether the learner of a run is a mixture."""
    return bool(metrics.get("members"))


def subject(metrics: Mapping[str, Any]) -> str:
    """What the learner of a run is called in sentences."""
    return "mixture" if mixed(metrics) else "network"


def by_learner(
    metrics: Mapping[str, Any],
    columns: Sequence[Metric],
    headers: Sequence[str],
    values: Mapping[str, Sequence[float | None]],
    spreads: Mapping[tuple[str, int], float] | None = None,
) -> Table:
    """A row for each learner; the best of each column is marked.

    Args:
        metrics: the content of metrics.json.
        columns: how each column is written, and which end of it is the best.
        headers: what the columns are called.
        values: the cells of each learner.
        spreads: what is written after "±" in the cell of a learner and a column.
    """
    best = [
        best_text(metric, [row[i] for row in values.values()]) for i, metric in enumerate(columns)
    ]
    rows = []
    for key, numbers in values.items():
        cells = []
        for index, (metric, number) in enumerate(zip(columns, numbers, strict=True)):
            text = metric.format(number)
            spread = (spreads or {}).get((key, index))
            more = "" if spread is None else f" ± {_spread(metric, spread)}"
            cells.append(Cell(text + more, text == best[index]))
        kind: Kind = "learner" if key == LEARNER else "frozen" if key == FROZEN else "baseline"
        rows.append(Row(key, display_name(metrics, key), kind, tuple(cells)))
    return Table(("", *headers), tuple(rows), ())


def by_part(
    metrics: Mapping[str, Any],
    metric: Metric,
    names: Sequence[str],
    values: Sequence[Mapping[str, float | None]],
) -> Table:
    """A row for each part of the stream, a column for each learner; the best of a row is marked.

    Args:
        metrics: the content of metrics.json.
        metric: how the cells are written.
        names: of the parts.
        values: of each part, the score of each learner by its key.
    """
    keys, rows = ordered_keys(metrics), []
    for name, scores in zip(names, values, strict=True):
        best = best_text(metric, list(scores.values()))
        texts = [metric.format(scores[key]) for key in keys]
        cells = tuple(Cell(text, text == best) for text in texts)
        rows.append(Row(name, name or "(none)", "part", cells))
    return Table(("", *(display_name(metrics, key) for key in keys)), tuple(rows), ())


def best_text(metric: Metric, values: Sequence[float | None]) -> str | None:
    """The best value as it is written: two that read the same are both the best."""
    present = [value for value in values if value is not None and math.isfinite(value)]
    if not present:
        return None
    return metric.format(max(present) if metric.higher_is_better else min(present))


def _spread(metric: Metric, value: float) -> str:
    return f"{value:.2g}" if metric.decimals is None else metric.format(value)
