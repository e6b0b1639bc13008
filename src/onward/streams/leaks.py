"""Features that tell the target almost exactly, and may not be known before it."""

from collections.abc import Iterator

import numpy as np

from onward.streams.base import Chunk, StreamInfo
from onward.streams.class_leaks import telling_feature
from onward.streams.errors import listed

FEWEST_ROWS = 50
ROWS_A_FEATURE = 20
MOST_FEATURES = 500
ROWS_OF_A_SUM = 4_000
# The share of the target's variance that is left.
MOST_LEFT = 1e-4
# How much less of a target a feature must leave than the target's own last two values do.
LESS_THAN_PAST = 0.1
LEAST_PART = 0.01
# A share that is left is told from none down to this.
FINEST = 1e-10
# Larger values are faults rather than measurements, and passed over.
LARGEST = 1e15


def leak_notes(rows: Chunk, info: StreamInfo) -> list[str]:
    """Return a question for each target that features tell almost exactly.

    For numbers: one feature, of the same row or of the row before, or a weighted sum of several,
    with an R² above .9999. For classes: a feature whose values, or ranges of them, each have one
    class. Features that only follow the same trend, tell no more than the target's own past, or
    change as seldom as the class, are passed.
    Values that are infinite, or beyond 1e15, count as missing.
    Costs one product of the features with themselves; sums of more than 500 are not looked for.

    Arguments:
        rows: the first rows of the stream; below 50 nothing is said.
        info: their names; a stream may have more features than are looked at.
    """
    if len(rows.x) < FEWEST_ROWS or not rows.x.shape[1]:
        return []
    try:
        return list(_notes(rows, info))
    except np.linalg.LinAlgError:
        # No note is worth a run.
        return []


def _notes(rows: Chunk, info: StreamInfo) -> Iterator[str]:
    x, labels = _measured(rows.x), _measured(rows.y)
    for index, target in enumerate(info.target_names):
        y = labels[:, index]
        for is_next in (False, True):
            names = _telling(x[:-1] if is_next else x, y[1:] if is_next else y, info, is_next)
            if names:
                tell = "tells" if len(names) == 1 else "together tell"
                which = f"the next {target!r}" if is_next else repr(target)
                known = "is it" if len(names) == 1 else "are they"
                yield (
                    f"{listed(names)} {tell} {which} almost exactly: {known} known before the "
                    "label?"
                )
                break


def _measured(values: np.ndarray) -> np.ndarray:
    """The values in float64, NaN where one cannot be a measurement."""
    return np.where(np.abs(values) <= LARGEST, values, np.nan).astype(np.float64)


def _telling(x: np.ndarray, y: np.ndarray, info: StreamInfo, is_next: bool) -> list[str]:
    if info.task == "classification":
        found = telling_feature(x, y)
        return [] if found is None else [info.feature_names[found]]
    most_left = min(MOST_LEFT, LESS_THAN_PAST * _left_by_past(y))
    if most_left < FINEST:
        return []
    close = np.flatnonzero(_left(x, y) < most_left)
    columns = close.tolist() or ([] if is_next else _sum_of(x, y, most_left))
    return [info.feature_names[column] for column in columns]


def _left(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The share of the target's variance that a line through each feature leaves: (features,).

    1 where less than half of the rows are known, and where nothing varies.
    """
    known = ~(np.isnan(x) | np.isnan(y)[:, None])
    count = np.maximum(known.sum(axis=0), 1)
    inputs, target = np.where(known, x, 0.0), np.where(known, y[:, None], 0.0)
    inputs = np.where(known, inputs - inputs.sum(axis=0) / count, 0.0)
    target = np.where(known, target - target.sum(axis=0) / count, 0.0)
    # Sums and no products of matrices, which would wait for threads.
    spread = (inputs**2).sum(axis=0) * (target**2).sum(axis=0)
    shared = (inputs * target).sum(axis=0) ** 2
    usable = (2 * count >= len(y)) & (count >= FEWEST_ROWS - 2) & (spread > 0) & (spread < np.inf)
    return np.where(usable, 1 - shared / np.where(usable, spread, 1.0), 1.0)


def _left_by_past(y: np.ndarray) -> float:
    """The share of the target's variance that its own last two values leave.

    A smooth target is told by them, and so by features that are its past.
    """
    rows = np.column_stack([y[:-2], y[1:-1], y[2:]])
    rows = rows[~np.isnan(rows).any(axis=1)]
    if len(rows) < FEWEST_ROWS // 2:
        return 1.0
    rows = _standard(rows)
    weights, *_ = np.linalg.lstsq(rows[:, :2], rows[:, 2])
    return float(np.var(rows[:, 2] - rows[:, :2] @ weights))


def _sum_of(x: np.ndarray, y: np.ndarray, most_left: float) -> list[int]:
    """The features whose weighted sum is the target, by least squares; none if it is not."""
    often = np.flatnonzero(2 * np.sum(~np.isnan(x), axis=0) >= len(x))
    if not 2 <= len(often) <= MOST_FEATURES:
        return []
    known = np.flatnonzero(~(np.isnan(x[:, often]).any(axis=1) | np.isnan(y)))
    fewest = max(FEWEST_ROWS, ROWS_A_FEATURE * len(often))
    if len(known) < fewest:
        return []
    # An even sample: enough for the weights, and quick.
    known = known[:: max(1, len(known) // max(fewest, ROWS_OF_A_SUM))]
    inputs, target = _standard(x[np.ix_(known, often)]), _standard(y[known])
    if not target.any():
        return []
    weights, *_ = np.linalg.lstsq(inputs.T @ inputs, inputs.T @ target, rcond=1e-9)
    error = target - inputs @ weights
    if np.var(error) > most_left:
        return []
    return often[np.abs(weights) > LEAST_PART].tolist()


def _standard(values: np.ndarray) -> np.ndarray:
    spread = values.std(axis=0)
    return (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
