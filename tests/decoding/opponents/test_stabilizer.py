import numpy as np

from onward.decoding.opponents import Rows, Stabilizer
from onward.decoding.opponents.stabilizer import Factors, rotation
from onward.decoding.scores import r2

CHANNELS, FACTORS, ROWS = 20, 3, 6000


def a_day(random: np.random.Generator, loadings: np.ndarray, mix: np.ndarray) -> Rows:
    """Counts of factor analysis, and targets that are sums of the factors."""
    factors = random.normal(size=(ROWS, FACTORS))
    roots = 8.0 + factors @ loadings.T + 0.5 * random.normal(size=(ROWS, len(loadings)))
    everywhere = np.ones(ROWS, bool)
    return Rows(np.square(roots), factors @ mix, np.arange(ROWS) == 0, everywhere)


def test_a_rotation_is_found_and_no_stretch() -> None:
    random = np.random.default_rng(0)
    given = random.normal(size=(10, 4))
    turn = np.linalg.qr(random.normal(size=(4, 4)))[0]
    np.testing.assert_allclose(rotation(given, 3.0 * given @ turn), turn, atol=1e-12)


def test_factors_explain_the_covariance_they_are_fitted_on() -> None:
    random = np.random.default_rng(1)
    loadings = random.normal(size=(CHANNELS, FACTORS))
    values = random.normal(size=(200_000, FACTORS)) @ loadings.T
    values += np.linspace(0.5, 1.5, CHANNELS) * random.normal(size=values.shape)
    found = Factors.of(values, FACTORS)
    np.testing.assert_allclose(found.own, np.linspace(0.5, 1.5, CHANNELS) ** 2, rtol=0.03)
    np.testing.assert_allclose(
        found.loadings @ found.loadings.T, loadings @ loadings.T, rtol=0.03, atol=0.03
    )
    covariance = found.loadings @ found.loadings.T + np.diag(found.own)
    np.testing.assert_allclose(
        found.posterior(), found.loadings.T @ np.linalg.inv(covariance), atol=1e-10
    )


def test_a_channel_that_moved_does_not_turn_the_others() -> None:
    random = np.random.default_rng(2)
    loadings = random.normal(size=(CHANNELS, FACTORS))
    turn = np.linalg.qr(random.normal(size=(FACTORS, FACTORS)))[0]
    moved = loadings.copy()
    moved[:6] = 3.0 * random.normal(size=(6, FACTORS))
    first, later = (Factors(array, np.ones(CHANNELS)) for array in (loadings, moved @ turn.T))
    np.testing.assert_allclose(later.turned_to(first, 12).loadings[6:], loadings[6:], atol=1e-9)
    assert np.abs(later.turned_to(first, CHANNELS).loadings[6:] - loadings[6:]).max() > 0.01


def test_a_day_is_brought_back_without_its_labels() -> None:
    random = np.random.default_rng(3)
    loadings, mix = random.normal(size=(CHANNELS, FACTORS)), random.normal(size=(FACTORS, 2))
    days = [a_day(random, loadings, mix) for _ in range(2)]
    drifted = loadings.copy()
    drifted[:8] = random.normal(size=(8, FACTORS))
    new = a_day(random, drifted, mix)
    unlabelled = Rows(new.counts, np.full_like(new.targets, np.nan), new.start, new.scored)
    opponent = Stabilizer(FACTORS, stable=0.5, lags=1)
    opponent.fit(days)

    def score() -> float:
        found = r2(new.targets, opponent.predict(new.counts, new.start), new.scored).mean
        assert found is not None
        return found

    frozen = score()
    opponent.renew(unlabelled)
    assert frozen < 0.85 < 0.95 < score()
