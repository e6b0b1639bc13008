"""Features from whose values, or ranges of them, a class follows."""

import numpy as np

FEWEST_ROWS = 50
MOST_VALUES = 100
ROWS_A_VALUE = 20
RANGES_A_CLASS = 2
# How often the class must change along the rows for each value or range: a feature that only
# counts the rows tells every class that comes in blocks.
CHANGES_A_RANGE = 3
MOST_WRONG = 1e-4


def telling_feature(x: np.ndarray, y: np.ndarray) -> int | None:
    """Return the first feature that tells the class almost exactly, or None.

    Either it has few values, each with one class, or each class is one or two ranges of it.

    Arguments:
        x: features, shape (rows, features), NaN where missing.
        y: classes, shape (rows,), NaN where missing.
    """
    for column in range(x.shape[1]):
        known = ~(np.isnan(x[:, column]) | np.isnan(y))
        if 2 * known.sum() < len(y) or known.sum() < FEWEST_ROWS:
            continue
        labels = y[known].astype(np.int64)
        classes = len(np.unique(labels))
        if classes < 2:
            continue
        values, codes = np.unique(x[known, column], return_inverse=True)
        changes = int(np.sum(labels[1:] != labels[:-1]))
        wrong, ranges = _purity(codes, labels, len(values))
        if wrong > MOST_WRONG * len(labels):
            continue
        is_code = len(values) <= min(MOST_VALUES, len(labels) / ROWS_A_VALUE)
        few = len(values) if is_code else ranges
        if (is_code or ranges <= RANGES_A_CLASS * classes) and changes >= CHANGES_A_RANGE * few:
            return column
    return None


def _purity(codes: np.ndarray, labels: np.ndarray, values: int) -> tuple[int, int]:
    """Rows that are not of the commonest class of their value, and ranges of one class."""
    counts = np.zeros((values, labels.max() + 1), np.int64)
    np.add.at(counts, (codes, labels), 1)
    commonest = counts.argmax(axis=1)
    wrong = len(labels) - int(counts.max(axis=1).sum())
    return wrong, 1 + int(np.sum(commonest[1:] != commonest[:-1]))
