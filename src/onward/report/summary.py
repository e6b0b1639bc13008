"""A run in one sentence."""

from collections.abc import Mapping
from typing import Any

from onward.evaluate import Metric
from onward.report.table import FROZEN, LEARNER, headline

# Scores closer than this are called level: R² and accuracy are read to two or three digits.
LEVEL = 0.005


def summary_sentence(metrics: Mapping[str, Any]) -> str:
    """What the learner reached, against its best baseline and its frozen twin."""
    metric, name = headline(metrics), metrics["learner"]
    scores = {key: value["overall"].get(metric.key) for key, value in metrics["learners"].items()}
    ours = scores.pop(LEARNER, None)
    frozen = scores.pop(FROZEN, None)
    if ours is None:
        return f"{name} has no {metric.label} on this stream."
    labels = metrics["learners"][LEARNER]["overall"].get("scored", 0)
    sentence = f"{name} reached {metric.label} {metric.format(ours)} over {labels:,} labels"
    baselines = {key: score for key, score in scores.items() if score is not None}
    if baselines:
        sentence += f", {_against(metric, ours, baselines)}"
    if frozen is not None:
        sentence += f"; frozen after warm-up it reached {metric.format(frozen)}"
    return f"{sentence}."


def _against(metric: Metric, ours: float, baselines: Mapping[str, float]) -> str:
    best = max(baselines, key=lambda key: baselines[key])
    difference = ours - baselines[best]
    side = "level with" if abs(difference) < LEVEL else "ahead of" if difference > 0 else "behind"
    return f"{side} the best baseline ({best}, {metric.format(baselines[best])})"
