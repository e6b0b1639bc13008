"""What the results of a sweep say of a point: means and spreads over its seeds."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from onward.evaluate import FROZEN, Metric, metrics_of
from onward.report.table import LEARNER


def metric_of(results: Mapping[str, Any]) -> Metric:
    """The metric by which points are compared."""
    return metrics_of(results["task"])[0]


def over_seeds(point: Mapping[str, Any], learner: str, metric: str) -> tuple[float, float] | None:
    """Mean and standard deviation over the runs of a point; None where a run has no score.

    The deviation is NaN for a single run.
    """
    scores = [run["scores"].get(learner, {}).get(metric) for run in point["runs"]]
    if not scores or None in scores:
        return None
    spread = float(np.std(scores, ddof=1)) if len(scores) > 1 else float("nan")
    return float(np.mean(scores)), spread


def beside(results: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Mean and spread of the baselines in the runs of the best point, the frozen copy first."""
    best, metric = results["points"][0], results["metric"]
    names = dict.fromkeys(name for run in best["runs"] for name in run["scores"])
    ordered = sorted((name for name in names if name != LEARNER), key=lambda name: name != FROZEN)
    found = {name: over_seeds(best, name, metric) for name in ordered}
    return {name: told for name, told in found.items() if told is not None}


def best_baseline(results: Mapping[str, Any]) -> tuple[str, float] | None:
    """The baseline with the best score beside the best point, and that score."""
    told = {name: mean for name, (mean, _) in beside(results).items() if name != FROZEN}
    best = max(told, key=lambda name: told[name], default=None)
    return None if best is None else (best, told[best])


def text(value: Any) -> str:
    """A value of a setting."""
    if isinstance(value, float):
        return f"{value:.3g}"
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def value_text(told: Mapping[str, Any]) -> str:
    """One of the values of a setting that `mattered` tells of."""
    return text(told["value"]) if "value" in told else f"{told['low']:.3g} to {told['high']:.3g}"
