"""What needs no credit through time and no rate: second-order readouts, and the newest label."""

from collections.abc import Callable, Mapping

import jax
import numpy as np

from onward.cells import AbstractCell, Memoryless, derive
from onward.learning.learner import Learner
from onward.mixtures.mixture import Mixture
from onward.readouts import RecursiveLeastSquares
from onward.rules import ReadoutOnly
from onward.runs import CELLS
from onward.scales import Unscaled
from papers.credit.lanes import CELL_SIZES
from papers.credit.tasks import padded

# Of recursive least squares: 100 and 1,000 labels are remembered, or all.
FORGETTINGS = (0.99, 0.999, 1.0)
# Inputs that the linear model of lags reads: this sample's and so many before.
LAGS = 32
# Numbers that it reads at most, for its cost grows with their square: of wide inputs fewer lags.
WIDEST = 140


def states_read(cell: str, seed: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Recursive least squares on the states of the untrained network that the rules start from:
    what the state carries, whether or not a gradient gets it out.

    Args:
        cell: the name of a cell.
        seed: of its weights.
        x: shape (rows, features).
        y: shape (rows, 1); NaN where there is no label.

    Returns:
        Predictions of shape (rows, 1), by a mixture over `FORGETTINGS`.
    """
    wide = padded(x)
    network = CELLS[cell](wide.shape[1], CELL_SIZES[cell], key=jax.random.key(seed))
    return _followed(network, derive.emitted_size(network), 0, seed, wide, y)


def lags_read(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The same on the inputs themselves, of this sample and of up to `LAGS` before."""
    count = min(LAGS, WIDEST // x.shape[1] - 1)
    behind = np.concatenate([np.zeros((count, x.shape[1]), x.dtype), x])
    lagged = [behind[count - lag : len(behind) - lag] for lag in range(count + 1)]
    wide = np.concatenate(lagged, axis=1)
    return _followed(Memoryless(wide.shape[1]), 1, wide.shape[1], 0, wide, y)


def last_label(y: np.ndarray) -> np.ndarray:
    """The newest label of an earlier sample; 0 before there is one."""
    known = np.isfinite(y[:, 0])
    places = np.maximum.accumulate(np.where(known, np.arange(len(y)), -1))
    newest = np.where(places >= 0, y[np.maximum(places, 0), 0], 0)
    return np.concatenate([[0.0], newest[:-1]])[:, None]


def _followed(
    cell: AbstractCell, emitted: int, direct: int, seed: int, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    def reading(forgetting: float) -> Learner:
        readout = RecursiveLeastSquares(
            emitted, 1, direct=direct, forgetting=forgetting, dtype=cell.dtype
        )
        rule, scale = ReadoutOnly(), Unscaled()
        return Learner(cell, 1, rule=rule, optimizer="sgd", readout=readout, scale=scale)

    mixture = Mixture({f"forgetting {one:g}": reading(one) for one in FORGETTINGS})
    _, info = mixture.run(mixture.init(jax.random.key(seed)), x, y)
    return np.asarray(info.prediction)


OF_STREAM: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "lags-read": lags_read,
    "last-label": lambda x, y: last_label(y),
}
