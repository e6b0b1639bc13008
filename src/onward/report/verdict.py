"""What must be known of a run before its numbers are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from onward.report.table import LEARNER, headline, mixed, subject

Severity = Literal["error", "warning"]

# What the command ends with when a run has an error: 1 is Python's own, 2 a wrong call.
FAILED = 3

# An R² below this is of a learner whose predictions have run away, were it for a moment.
DIVERGED = -10.0
_WITHOUT_GAPS = " Try --features without the columns that have gaps."


@dataclass(frozen=True)
class Line:
    """A sentence on a run.

    Attributes:
        severity: "error" where the run's score says nothing, "warning" where it says less than it
            seems to.
        sentence: what is wrong, and what to try.
    """

    severity: Severity
    sentence: str


def verdict(metrics: Mapping[str, Any]) -> list[Line]:
    """What is wrong with a run, the worst first; nothing where its numbers can be read as they are.

    An error: the pass ended early, nothing was learnt, the learner has given up, or the score
    covers less than half of the labels.
    """
    lines = [*_ended(metrics), *_coverage(metrics), *_score(metrics), *_restarts(metrics)]
    return sorted(lines, key=lambda line: line.severity != "error")


def exit_code(lines: list[Line]) -> int:
    """What a command that prints these lines should end with: 3 with an error, else 0."""
    return FAILED if any(line.severity == "error" for line in lines) else 0


def _ended(metrics: Mapping[str, Any]) -> list[Line]:
    error, samples = metrics.get("error"), metrics["counts"]["samples"]
    return [_error(f"An error ended it after {samples:,} samples: {error}")] if error else []


def _coverage(metrics: Mapping[str, Any]) -> list[Line]:
    counts, stream = metrics["counts"], metrics["stream"]
    samples, skipped = counts["samples"], counts["skipped"]
    labels = samples * len(stream["target_names"]) - counts["unlabelled"]
    targets = ", ".join(repr(name) for name in stream["target_names"][:4])
    if not labels:
        return [
            _error(
                f"There is no usable label in {targets}: nothing was learnt or scored. "
                "Try another --target."
            )
        ]
    why = ""
    if skipped:
        cause, remedy = "a feature was missing or not usable", _WITHOUT_GAPS
        if counts.get("restarts"):
            cause, remedy = f"{cause}, or what was learnt had blown up", ""
        why = f" {skipped:,} of {samples:,} samples were skipped, because {cause}.{remedy}"
    if counts.get("learnt", 1) == 0 and metrics["config"].get("rule") != "frozen":
        who = subject(metrics)
        return [_error(f"The {who} learnt nothing: no sample could be learnt from.{why}")]
    if not counts["scored"]:
        return [_error(f"Nothing was scored: not one of {labels:,} labels has a prediction.{why}")]
    if 2 * counts["scored"] < labels:
        share = 100 * counts["scored"] / labels
        return [
            _error(
                f"The score covers {counts['scored']:,} of {labels:,} labels only "
                f"({share:.0f} %).{why}"
            )
        ]
    if 10 * skipped > samples:
        return [Line("warning", f"Some labels are not scored.{why}")]
    return []


def _score(metrics: Mapping[str, Any]) -> list[Line]:
    overall, metric = metrics["learners"][LEARNER]["overall"], headline(metrics)
    if metrics["counts"]["scored"] and overall.get(metric.key) is None:
        return [Line("warning", f"There is no {metric.label}: the scored labels do not vary.")]
    if (overall.get("r2") or 0.0) < DIVERGED:
        sentence = (
            f"The {subject(metrics)}'s predictions ran away, at least once. Try a smaller "
            "--learning-rate."
        )
        return [Line("warning", sentence)]
    return []


def _restarts(metrics: Mapping[str, Any]) -> list[Line]:
    count = metrics["counts"].get("restarts", 0)
    if not count:
        return []
    times = "once" if count == 1 else f"{count:,} times"
    # Of a mixture every learner is watched by itself.
    several = mixed(metrics)
    if metrics.get("given_up"):
        who = "The mixture's learners have all" if several else "The network has"
        they = "they" if several else "it"
        where = _where(metrics, several)
        return [
            _error(
                f"{who} given up learning: {they} blew up {times}{where}. Try a lower "
                "--learning-rate."
            )
        ]
    who, it = ("Learners of the mixture", "one") if several else ("The network", "it")
    sentence = (
        f"{who} blew up {times}{_where(metrics, several)}. Each time {it} was put back to its last "
        "good weights and learnt more slowly from there. Try a smaller --learning-rate."
    )
    return [Line("warning", sentence)]


def _where(metrics: Mapping[str, Any], several: bool) -> str:
    """Which learner was put back after how many rows, and how far its rates fell."""
    by_learner: dict[str, list[Mapping[str, Any]]] = {}
    for one in metrics.get("restarts", ()):
        by_learner.setdefault(one["learner"], []).append(one)
    said = []
    for name, each in by_learner.items():
        rows = ", ".join(f"{one['row']:,}" for one in each)
        rate = each[-1]["rates"]
        fell = f"its rates fell to {rate:g} of what they were" if rate else "its rates fell to 0"
        after = f"after {rows} rows; {fell}"
        said.append(f"{name}: {after}" if several else after)
    return f" ({'; '.join(said)})" if said else ""


def _error(sentence: str) -> Line:
    return Line("error", sentence)
