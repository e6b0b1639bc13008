"""A run in one sentence."""

from collections.abc import Mapping
from typing import Any

from onward.evaluate import FROZEN, Metric
from onward.report.table import LEARNER, LEVEL, best_baseline, headline, mixed, score_of


def summary_sentence(metrics: Mapping[str, Any]) -> str:
    """What the learner reached, against its best baseline and its frozen twin."""
    metric, name = headline(metrics), metrics["learner"]
    ours, frozen = (score_of(metrics, key) for key in (LEARNER, FROZEN))
    if ours is None:
        return f"{name} has no {metric.label} on this stream."
    labels = metrics["learners"][LEARNER]["overall"].get("scored", 0)
    sentence = f"{name} reached {metric.label} {metric.format(ours)} over {labels:,} labels"
    best = best_baseline(metrics)
    if best is not None:
        sentence += f", {_against(metric, ours, best, score_of(metrics, best) or 0.0)}"
    if frozen is not None:
        what = f"its first network, {FROZEN}," if mixed(metrics) else f"{FROZEN} it"
        sentence += f"; {what} reached {metric.format(frozen)}"
    return f"{sentence}."


def _against(metric: Metric, ours: float, best: str, theirs: float) -> str:
    """Ahead, behind, or level: closer than `LEVEL`."""
    difference = ours - theirs
    if abs(difference) < LEVEL:
        side = f"level with (within {LEVEL:g} of)"
    else:
        side = "ahead of" if difference > 0 else "behind"
    return f"{side} the best baseline ({best}, {metric.format(theirs)})"
