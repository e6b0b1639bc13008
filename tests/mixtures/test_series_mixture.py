"""A mixture over several series: each series is what it would be alone."""

from functools import partial
from pathlib import Path

import jax
import numpy as np
import pytest

import onward
from matrix import left
from onward import Learner, Mixture, SeriesMixture

KEY = jax.random.key(0)
ROWS, COUNT = 90, 3
CODES = np.random.default_rng(1).integers(0, COUNT, ROWS)
XS = np.random.default_rng(2).normal(size=(ROWS, 2)).astype(np.float32)
YS = (XS[:, :1] * (1 + CODES[:, None])).astype(np.float32)


def made(delay: int) -> Mixture:
    network = Learner(
        onward.GRU(3, 4, key=KEY, dtype="float32"), feedback=True, delay=delay, optimizer="sgd"
    )
    line = Learner(
        onward.Memoryless(3, dtype="float32"),
        rule=onward.ReadoutOnly(),
        readout=partial(onward.RecursiveLeastSquares, forgetting=0.99),
        feedback=True,
        delay=delay,
        optimizer="sgd",
    )
    alike = line.replace(readout=partial(onward.KernelRegressor, window=7))
    members = {"network": network, "line": line, "like samples": alike}
    return Mixture({**members, "last label": onward.LastLabel()})


@pytest.fixture(scope="module", params=[left(0), 2])
def mixture(request: pytest.FixtureRequest) -> Mixture:
    return made(request.param)


def test_with_own_weights_each_series_is_as_alone(mixture: Mixture) -> None:
    series = SeriesMixture(mixture, COUNT, "own")
    _, info = series.run(series.init(KEY), CODES, XS, YS)
    for code in range(COUNT):
        own = code == CODES
        _, alone = mixture.run(mixture.init(KEY), XS[own], YS[own])
        for name in ("prediction", "loss", "diagnostics"):
            found, wanted = getattr(info, name)[own], getattr(alone, name)
            np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_shared_weights_learn_from_all_and_pasts_are_apart(mixture: Mixture) -> None:
    series = SeriesMixture(mixture, COUNT)
    state, _ = series.run(series.init(KEY), CODES, XS, YS)
    around = state.fields.around
    assert around.mixing.hedges.ndim == 2 and around.begun.shape == (COUNT, 1)
    assert around.ledger.read().labels == pytest.approx(
        ROWS - COUNT * mixture.parts.delay, abs=COUNT
    )
    # The newest label of each series is what its last label forecasts.
    if not mixture.parts.delay:
        newest = [YS[code == CODES][-1, 0] for code in range(COUNT)]
        np.testing.assert_array_equal(around.forecasts[:, 0, 0], newest)


@pytest.mark.parametrize("weights", ["shared", "own"])
def test_the_cut_changes_nothing_and_a_file_brings_it_back(
    mixture: Mixture, tmp_path: Path, weights: str
) -> None:
    series = SeriesMixture(mixture, COUNT, weights)  # pyright: ignore
    _, whole = series.run(series.init(KEY), CODES, XS, YS)
    state, first = series.run(series.init(KEY), CODES[:50], XS[:50], YS[:50])
    onward.save(tmp_path / "it", series, state)
    again, state = onward.load(tmp_path / "it")
    assert isinstance(again, SeriesMixture)
    assert (again.count, again.weights, again.mixture) == (COUNT, weights, mixture)
    _, rest = again.run(state, CODES[50:], XS[50:], YS[50:])
    found = np.concatenate([first.prediction, rest.prediction])
    np.testing.assert_array_equal(found, whole.prediction)


def test_wrong_codes_and_weights_are_refused(mixture: Mixture) -> None:
    with pytest.raises(ValueError, match=r"Expected weights to be shared or own; got 'each'\."):
        SeriesMixture(mixture, COUNT, "each")  # pyright: ignore
    series = SeriesMixture(mixture, COUNT)
    with pytest.raises(ValueError, match=r"Expected codes from 0 to 2, one for each series; got 3"):
        series.run(series.init(KEY), CODES + 1, XS, YS)
