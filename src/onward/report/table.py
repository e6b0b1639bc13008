"""The tables of a run, built once from its metrics for the HTML page and for the terminal."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from onward.evaluate import Metric, metrics_of

LEARNER = "onward"
FROZEN = "frozen after warm-up"
QUARTERS = ("Q1", "Q2", "Q3", "Q4")

Kind = Literal["learner", "frozen", "baseline"]


@dataclass(frozen=True)
class Cell:
    """A formatted score, and whether it reads as the best of its column."""

    text: str
    best: bool


@dataclass(frozen=True)
class Row:
    """The scores of one learner: its key in the metrics, what it is called, and what it is."""

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


def ordered_keys(metrics: Mapping[str, Any]) -> list[str]:
    """Keys of the learners: ours, its frozen twin, then the baselines as they come."""
    order = {LEARNER: 0, FROZEN: 1}
    return sorted(metrics["learners"], key=lambda key: order.get(key, 2))


def display_name(metrics: Mapping[str, Any], key: str) -> str:
    """What a learner is called on a page: ours by its parts, the others by their keys."""
    return metrics["learner"] if key == LEARNER else key


def overall_table(metrics: Mapping[str, Any]) -> Table:
    """Every metric of every learner over the whole stream, the learner first."""
    columns = metrics_of(metrics["stream"]["task"])
    scores = {key: metrics["learners"][key]["overall"] for key in ordered_keys(metrics)}
    values = {key: [score.get(c.key) for c in columns] for key, score in scores.items()}
    notes = [*_average_note(metrics), *_abstention_notes(metrics, scores)]
    return _table(metrics, [c.header for c in columns], columns, values, notes)


def quarter_table(metrics: Mapping[str, Any]) -> Table:
    """The headline metric of every learner in each quarter of the stream."""
    metric = headline(metrics)
    values = {
        key: [quarter.get(metric.key) for quarter in metrics["learners"][key]["quarters"]]
        for key in ordered_keys(metrics)
    }
    note = f"{metric.header} in each quarter of the stream's rows"
    if metric.key == "r2":
        note += ", compared with the mean of that quarter"
    return _table(metrics, QUARTERS, [metric] * len(QUARTERS), values, [f"{note}."])


def _table(
    metrics: Mapping[str, Any],
    headers: Sequence[str],
    columns: Sequence[Metric],
    values: Mapping[str, Sequence[float | None]],
    notes: Sequence[str],
) -> Table:
    best = [_best(metric, [row[i] for row in values.values()]) for i, metric in enumerate(columns)]
    rows = []
    for key, numbers in values.items():
        texts = [metric.format(number) for metric, number in zip(columns, numbers, strict=True)]
        cells = tuple(Cell(text, text == top) for text, top in zip(texts, best, strict=True))
        kind: Kind = "learner" if key == LEARNER else "frozen" if key == FROZEN else "baseline"
        rows.append(Row(key, display_name(metrics, key), kind, cells))
    return Table(("", *headers), tuple(rows), tuple(notes))


def _best(metric: Metric, values: Sequence[float | None]) -> str | None:
    """The best value as it is written: two that read the same are both the best."""
    present = [value for value in values if value is not None and math.isfinite(value)]
    if not present:
        return None
    return metric.format(max(present) if metric.higher_is_better else min(present))


def _average_note(metrics: Mapping[str, Any]) -> list[str]:
    targets = len(metrics["stream"]["target_names"])
    if metrics["stream"]["task"] == "regression" and targets > 1:
        return [f"Each score is the uniform average over {targets} targets."]
    return []


def _abstention_notes(metrics: Mapping[str, Any], scores: Mapping[str, Any]) -> list[str]:
    """Scores on clearly different labels cannot be compared without saying so."""
    counts = {key: score.get("scored", 0) for key, score in scores.items()}
    most = max(counts.values(), default=0)
    return [
        f"{display_name(metrics, key)} made predictions for {count:,} of {most:,} labels only."
        for key, count in counts.items()
        if count < 0.99 * most
    ]
