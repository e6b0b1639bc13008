"""Predictions that wait for the row whose label they are of."""

from collections.abc import Mapping, Sequence

import numpy as np

from onward.evaluate.state import State


class Ahead:
    """Predictions made `horizon` rows before their target row, each series counting its own rows.

    Args:
        names: who predicts.
        horizon: rows from a prediction to its target row.
        outputs: columns of a prediction.
        series: how many there are.
    """

    def __init__(self, names: Sequence[str], horizon: int, outputs: int, series: int):
        self._waiting = {name: np.full((series, horizon, outputs), np.nan) for name in names}

    def due(
        self, made: Mapping[str, np.ndarray], series: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """The predictions of these rows' labels.

        Args:
            made: for each name what it predicts at these rows, shape (rows, outputs).
            series: of each row; None where there is one.

        Returns:
            The same shapes, by target row; NaN where nothing was predicted.
        """
        due = {name: np.empty(prediction.shape) for name, prediction in made.items()}
        for name, prediction in made.items():
            waiting = self._waiting[name]
            for code in [0] if series is None else np.unique(series):
                own = slice(None) if series is None else series == code
                whole = np.concatenate([waiting[code], prediction[own]])
                count = len(whole) - waiting.shape[1]
                due[name][own], waiting[code] = whole[:count], whole[count:]
        return due

    def state(self) -> State:
        """What is waiting, as a flat dictionary of arrays."""
        return {name: waiting.copy() for name, waiting in self._waiting.items()}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from the `state()` of one of the same sizes."""
        self._waiting = {name: arrays[name].copy() for name in self._waiting}


def of_one_series(arrays: State) -> State:
    """Of arrays with a first axis of series those of the first."""
    return {name: array[0] for name, array in arrays.items()}
