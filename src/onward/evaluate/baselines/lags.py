"""What a linear model remembers of a stream: the last inputs and the last labels that arrived."""

from collections.abc import Mapping, Sequence

import numpy as np

from onward.evaluate.state import State, copy_arrays, load_arrays

# In rows. Short ones, and those that a day or a week of hours or half hours makes useful.
INPUT_LAGS = (1, 2, 3, 6, 12, 24, 48)
LABEL_LAGS = (0, 1, 2, 5, 11, 23, 24, 47, 167, 168)
# Numbers that a row may grow to by its lags.
WIDTH = 128


class Lags:
    """Some of the last rows of an array, side by side; zeros before the first row.

    Args:
        columns: numbers in a row.
        lags: how many rows back each one lies, ascending, 0 for the newest.
    """

    def __init__(self, columns: int, lags: Sequence[int]):
        self.width = columns * len(lags)
        rows = 1 + max(lags, default=0)
        # For each place of the newest row those of the rows at the lags.
        self._places = (np.arange(rows)[:, None] - np.array(lags, np.int64)) % rows
        self._kept = {"rows": np.zeros((rows, columns)), "newest": np.zeros(1, np.int64)}

    def add(self, row: np.ndarray) -> None:
        rows, newest = self._kept["rows"], self._kept["newest"]
        place = (int(newest[0]) + 1) % len(rows)
        newest[0] = place
        rows[place] = row

    def fill(self, row: np.ndarray) -> None:
        """Put one row in place of all that are remembered."""
        self._kept["rows"][:] = row

    def newest(self) -> np.ndarray:
        """The last row, shape (columns,)."""
        return self._kept["rows"][self._kept["newest"][0]]

    def side_by_side(self) -> np.ndarray:
        """The rows at the lags, in their order, shape (width,)."""
        places = self._places[self._kept["newest"][0]]
        return self._kept["rows"].take(places, axis=0).ravel()

    def state(self) -> State:
        return copy_arrays(self._kept)

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        load_arrays(self._kept, state)


def lags_that_fit(inputs: int, labels: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The lags of inputs and of labels that keep a row within `WIDTH`: labels first, since they
    are fewer, then inputs; always the newest inputs.

    Args:
        inputs: columns of x.
        labels: columns of an encoded label.
    """
    left = max(WIDTH - inputs - 1, 0)
    label_lags = LABEL_LAGS[: left // max(labels, 1)]
    left -= labels * len(label_lags)
    return (0, *INPUT_LAGS[: left // max(inputs, 1)]), label_lags
