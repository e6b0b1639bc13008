"""The tables of a run: over the whole stream, by phase, and by series."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from onward.evaluate import Metric, metrics_of
from onward.report.table import (
    LEARNER,
    Table,
    best_baseline,
    by_learner,
    by_part,
    display_name,
    headline,
    ordered_keys,
)

# With more phases than this, each is a row and not a column.
COLUMNS = 6
SHOWN_PHASES, SHOWN_SERIES = 60, 30


def overall_table(metrics: Mapping[str, Any]) -> Table:
    """Every metric of every learner over the whole stream, the learner first.

    With several seeds the learner's cells are the mean and the standard deviation over them.
    A column in which nobody has a score is left out.
    """
    columns = _columns(metrics)
    scores = {key: metrics["learners"][key]["overall"] for key in ordered_keys(metrics)}
    told = {metric: [_value(score, metric) for score in scores.values()] for metric in columns}
    columns = [m for m in columns if any(v is not None for v in told[m])] or columns
    values = {key: [_value(score, m) for m in columns] for key, score in scores.items()}
    spreads = {}
    for key, seeds in metrics.get("seeds", {}).get("learners", {}).items():
        for index, metric in enumerate(columns):
            if metric.key in seeds["overall"]:
                values[key][index] = seeds["overall"][metric.key]["mean"]
                spreads[key, index] = seeds["overall"][metric.key]["std"]
    table = by_learner(metrics, columns, [m.header for m in columns], values, spreads)
    notes = (*_average_note(metrics), *_seeds_note(metrics), *_abstention_notes(metrics, scores))
    return replace(table, notes=notes)


def phase_table(metrics: Mapping[str, Any]) -> Table:
    """The headline metric of every learner in each phase, or in each quarter of the rows."""
    metric, names = headline(metrics), metrics["phases"]["names"]
    parts_key = "quarters" if metrics["phases"]["by"] == "quarter" else "phases"
    values = {
        key: [part.get(metric.key) for part in metrics["learners"][key][parts_key]]
        for key in ordered_keys(metrics)
    }
    note = f"{metric.header} in each {phase_word(metrics)}"
    if metric.key == "r2":
        note += f", compared with the mean of that {phase_word(metrics)}"
    if len(names) <= COLUMNS:
        headers = [name or "(none)" for name in names]
        return replace(
            by_learner(metrics, [metric] * len(names), headers, values), notes=(f"{note}.",)
        )
    parts = [{key: row[index] for key, row in values.items()} for index in range(len(names))]
    notes = [f"{note}."]
    if len(names) > SHOWN_PHASES:
        notes.append(f"The first {SHOWN_PHASES} of {len(names):,}; metrics.json has all.")
    table = by_part(metrics, metric, names[:SHOWN_PHASES], parts[:SHOWN_PHASES])
    return replace(table, notes=tuple(notes))


def series_table(metrics: Mapping[str, Any]) -> Table | None:
    """The headline metric in each series, those first in which the learner does worst beside the
    best baseline; None where the stream has one series."""
    series = metrics.get("series")
    if not series or len(series["names"]) < 2:
        return None
    metric, baseline = headline(metrics), best_baseline(metrics)
    parts = [
        {key: series["learners"][key][index] for key in ordered_keys(metrics)}
        for index in range(len(series["names"]))
    ]

    def gain(index: int) -> float:
        ours, theirs = parts[index][LEARNER], None if baseline is None else parts[index][baseline]
        return float("inf") if ours is None else ours - (theirs or 0.0)

    order = sorted(range(len(parts)), key=gain)
    shown = order[:SHOWN_SERIES]
    names = [series["names"][index] for index in shown]
    notes = [f"{metric.header} in each series"]
    if baseline is not None:
        notes[0] += f", those first in which the network does worst beside “{baseline}”"
    notes[0] += "."
    if len(order) > len(shown):
        notes.append(f"{len(shown)} of {len(order):,} series; metrics.json has all.")
    return replace(by_part(metrics, metric, names, [parts[i] for i in shown]), notes=tuple(notes))


def phase_word(metrics: Mapping[str, Any]) -> str:
    """What the parts of the stream are: quarters, or what the column of phases is called."""
    by = metrics["phases"]["by"]
    if by == "quarter":
        return "quarter of the rows"
    return metrics["stream"].get("phase_name") or by


def rarer_class(metrics: Mapping[str, Any]) -> int | None:
    """Of two classes, the one with fewer labels (the second of equals); None for more."""
    if len(metrics["stream"]["class_names"]) != 2:
        return None
    found = (scores["overall"].get("by_class") for scores in metrics["learners"].values())
    labels = max((one["labels"] for one in found if one), key=sum, default=[0, 0])
    return 0 if labels[0] < labels[1] else 1


def _columns(metrics: Mapping[str, Any]) -> list[Metric]:
    columns = list(metrics_of(metrics["stream"]["task"]))
    rarer = rarer_class(metrics)
    if rarer is not None:
        label = f"F1 of ‘{metrics['stream']['class_names'][rarer]}’"
        after = [metric.key for metric in columns].index("f1") + 1
        columns.insert(after, Metric(f"f1:{rarer}", label, higher_is_better=True, decimals=3))
    return columns


def _value(score: Mapping[str, Any], metric: Metric) -> float | None:
    key, _, of_class = metric.key.partition(":")
    if not of_class:
        return score.get(key)
    return score["by_class"][key][int(of_class)] if "by_class" in score else None


def _average_note(metrics: Mapping[str, Any]) -> list[str]:
    stream = metrics["stream"]
    if stream["task"] == "regression" and len(stream["target_names"]) > 1:
        return [f"Each score is the uniform average over {len(stream['target_names'])} targets."]
    if len(stream["class_names"]) == 2:
        return ["Macro F1 is the mean of the F1 of both classes."]
    if stream["task"] == "classification":
        return ["Macro F1 is the mean of the F1 of all classes that occur."]
    return []


def _seeds_note(metrics: Mapping[str, Any]) -> list[str]:
    seeds = metrics.get("seeds", {}).get("seeds", ())
    if len(seeds) < 2:
        return []
    return [f"± is the standard deviation over {len(seeds)} seeds."]


def _abstention_notes(metrics: Mapping[str, Any], scores: Mapping[str, Any]) -> list[str]:
    """Scores on clearly different labels cannot be compared without saying so."""
    counts = {key: score.get("scored", 0) for key, score in scores.items()}
    most = max(counts.values(), default=0)
    return [
        f"{display_name(metrics, key)} made predictions for {count:,} of {most:,} labels only."
        for key, count in counts.items()
        if count < 0.99 * most
    ]
