"""The linear opponents against plain loops."""

from dataclasses import dataclass

import numpy as np
import pytest

from papers import baselines
from papers.tasks import AbstractTask, Phase


@dataclass(frozen=True)
class Noise(AbstractTask):
    """A linear map of the last two inputs, with a label missing now and then."""

    frozen: int | None = None
    about = "noise"

    def before(self, seed: int) -> Phase:
        return Phase(*(part[:30] for part in self._all(seed)))

    def after(self, seed: int) -> Phase:
        return Phase(*(part[30:] for part in self._all(seed)))

    def shrunk(self, factor: int) -> "Noise":
        return self

    @property
    def frozen_from(self) -> int | None:
        return self.frozen

    def _all(self, seed: int) -> Phase:
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(90, 2)).astype(np.float32)
        y = (x @ [[1.0], [2.0]] + np.roll(x, 1, axis=0) @ [[0.5], [0.0]]).astype(np.float32)
        y[rng.random(90) < 0.1] = np.nan
        return Phase(x, y)


def weighted(x: np.ndarray, y: np.ndarray, forgetting: float) -> np.ndarray:
    """Least squares in which a sample with a label counts less the more came after it."""
    known = np.isfinite(y[:, 0])
    x, y = x[known].astype(float), y[known].astype(float)
    weights = forgetting ** np.arange(len(y))[::-1]
    start = forgetting ** len(y) / baselines.UNCERTAINTY * np.eye(x.shape[1])
    return np.linalg.solve(start + (x * weights[:, None]).T @ x, (x * weights[:, None]).T @ y)


def test_inputs_are_lagged() -> None:
    x = np.arange(12.0)[:, None]
    row = baselines.lagged(x)[11]
    np.testing.assert_array_equal(row, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    assert baselines.lagged(x)[0].tolist() == [0.0] * 10 + [1.0]


def test_the_online_linear_model_is_least_squares_of_all_that_came_before() -> None:
    task = Noise()
    x, y = task._all(0)
    features = baselines.lagged(x)
    predicted = [features[t] @ weighted(features[:t], y[:t], 0.999) for t in range(30, 90)]
    expected = task.errors(np.array(predicted), y[30:])
    np.testing.assert_allclose(baselines.linear(task, 0), expected, rtol=1e-6)


def test_where_everything_is_frozen_it_is_least_squares_of_what_came_before_that() -> None:
    task = Noise(frozen=40)
    x, y = task._all(0)
    features = baselines.lagged(x)
    predicted = features[70:] @ weighted(features[:70], y[:70], 0.999)
    found = baselines.linear(task, 0)
    np.testing.assert_allclose(found, task.errors(predicted, y[70:]), rtol=1e-6)
    assert found != pytest.approx(baselines.linear(Noise(frozen=41), 0))


def test_ridge_leaves_out_what_has_no_label_and_does_not_shrink_the_mean() -> None:
    x, y = Noise()._all(0)
    fitted = Phase(x[:60], y[:60] + 5)
    known = np.isfinite(fitted.y[:, 0])
    features = baselines.lagged(x[:60])[known, :-1].astype(float)
    centred, mean = features - features.mean(axis=0), fitted.y[known].mean()
    slopes = np.linalg.solve(centred.T @ centred + 7 * np.eye(20), centred.T @ fitted.y[known])
    scored = baselines.lagged(x[60:])[:, :-1]
    expected = mean + (scored - features.mean(axis=0)) @ slopes
    found = baselines.ridge(fitted, Phase(x[60:], y[60:]), 7.0)
    np.testing.assert_allclose(found, expected[:, 0] if found.ndim == 1 else expected, rtol=1e-4)
