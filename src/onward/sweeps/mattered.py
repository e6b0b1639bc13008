"""Which settings mattered: how much of what runs differ in is told by each of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from onward.sweeps.space import Axis, Point, Space, Span

# The values of a range are taken together in so many groups of equal size.
GROUPS = 4


def mattered(
    space: Space, points: Sequence[Mapping[str, Any]], scores: Sequence[float | None]
) -> list[dict[str, Any]]:
    """What each setting told of the scores, that which told most first.

    The share of a setting is ε², the share of the variance of the ranks of the runs that lies
    between its values, less what chance puts there:

        ε² = (B - (groups - 1) W / (runs - groups)) / (B + W)

    with B and W the sums of squares between and within values. Ranks, because one run that has
    gone wrong would be most of the variance of the scores. What settings do only together is in no
    share, nor is what the seeds do.

    Args:
        space: the settings.
        points: of each run, its values.
        scores: of each run, larger being better; None is the worst.

    Returns:
        For each setting `setting`, `share` from 0 to 1 (None where no value has two runs, or
        nothing differs), and `values`: each `value`, or `low` and `high` of a group, with its
        `runs` and their `median` score.
    """
    worst = np.array([-np.inf if score is None else score for score in scores])
    ranks = rankdata(worst)
    found = []
    for name, axis in space.items():
        labels, groups = _grouped(axis, [point[name] for point in points])
        found.append(
            {
                "setting": name,
                "share": _share(ranks, groups),
                "values": [
                    {**label, **_told(worst[groups == group])} for group, label in enumerate(labels)
                ],
            }
        )
    return sorted(found, key=lambda one: -(one["share"] or 0.0))


def _grouped(axis: Axis, values: Sequence[Any]) -> tuple[list[Point], np.ndarray]:
    """What each group is of, and the group of each value."""
    if not isinstance(axis, Span):
        present = [value for value in axis.values if value in values]
        return [{"value": value} for value in present], np.array([present.index(v) for v in values])
    edges = np.unique(np.quantile(values, np.linspace(0, 1, GROUPS + 1)))
    # One value alone is both ends of its group.
    lows, highs = (edges[:-1], edges[1:]) if len(edges) > 1 else (edges, edges)
    groups = np.searchsorted(lows, values, side="right") - 1
    pairs = zip(lows.tolist(), highs.tolist(), strict=True)
    return [{"low": low, "high": high} for low, high in pairs], groups


def _share(ranks: np.ndarray, groups: np.ndarray) -> float | None:
    total = ((ranks - ranks.mean()) ** 2).sum()
    parts = [ranks[groups == group] for group in np.unique(groups)]
    free = len(ranks) - len(parts)
    if not total or free < 1:
        return None
    within = sum(((part - part.mean()) ** 2).sum() for part in parts)
    between = total - within - (len(parts) - 1) * within / free
    return max(0.0, float(between / total))


def _told(scores: np.ndarray) -> dict[str, Any]:
    median = float(np.median(scores)) if len(scores) else -np.inf
    return {"runs": len(scores), "median": median if np.isfinite(median) else None}
