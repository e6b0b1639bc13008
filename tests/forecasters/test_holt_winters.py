"""Holt-Winters against its recursion in plain numpy, and on series that it should follow."""

from itertools import product

import numpy as np
import pytest

from matrix import left
from onward.forecasters import HoltWinters, LastLabel, Seasonal

from .catalogue import passed

PERIOD = 5
FORMS = [("additive", True), ("additive", False), ("multiplicative", True), (None, False)]


class Candidate:
    """One target with one set of constants, as the textbook has it."""

    def __init__(self, first, seasonal, damping, alpha, beta, gamma):
        self.multiplies = seasonal == "multiplicative" and min(first) > 0
        self.level, self.trend = np.mean(first), 0.0
        self.season = [x / self.level if self.multiplies else x - self.level for x in first]
        self.damping, self.alpha, self.beta, self.gamma = damping, alpha, beta, gamma
        self.loss = 0.0

    def forecast(self, ahead):
        level = self.level + self.trend * sum(self.damping**k for k in range(1, ahead + 1))
        season = self.season[(ahead - 1) % len(self.season)]
        return max(level, 0.1 * self.level) * season if self.multiplies else level + season

    def update(self, y):
        season, base = self.season.pop(0), self.level + self.damping * self.trend
        if self.multiplies:
            base = max(base, 0.1 * self.level)
        if np.isfinite(y) and self.multiplies and y <= 0:
            self.season = [base * (one - 1) for one in self.season]
            season, self.multiplies, y = base * (season - 1), False, np.nan
        if np.isnan(y):
            self.trend = base - self.level
            self.level = base
        else:
            error = y - (base * season if self.multiplies else base + season)
            self.loss = np.exp(-1 / 200) * self.loss + error**2
            told = y / season if self.multiplies else y - season
            level = self.alpha * told + (1 - self.alpha) * base
            self.trend = self.beta * (level - self.level) + (1 - self.beta) * (base - self.level)
            rest = y / level if self.multiplies else y - level
            season = self.gamma * rest + (1 - self.gamma) * season
            self.level = level
        self.season.append(season)


def textbook(column, seasonal, damped, ahead) -> np.ndarray:
    """Forecasts after each row of one target; zero before any label."""
    period = PERIOD if seasonal else 1
    constants = list(
        product((0.05, 0.15, 0.4, 0.8), (0.01, 0.1), (0.05, 0.25) if seasonal else (0.0,))
    )
    forecasts, first, last, candidates = [], [], 0.0, []
    for y in column:
        last = last if np.isnan(y) else y
        if len(first) == period:
            for one in candidates:
                one.update(y)
        elif first or np.isfinite(y):
            first.append(last)
            if len(first) == period:
                damping = 0.98 if damped else 1.0
                candidates = [Candidate(first, seasonal, damping, *each) for each in constants]
        best = min(candidates, key=lambda one: one.loss, default=None)
        forecasts.append(best.forecast(ahead) if best else last)
    return np.array(forecasts)


def labels(rows: int = 90) -> np.ndarray:
    """A level, trend and season each, with gaps; the last column falls below zero on the way."""
    random, t = np.random.default_rng(0), np.arange(rows)
    shape = 1 + 0.5 * np.sin(2 * np.pi * t / PERIOD)
    walk = np.cumsum(random.normal(size=rows))
    columns = np.stack([(20 + t) * shape, 1e5 * shape, 100 + walk + 10 * shape, 40 - t + walk], 1)
    columns *= 1 + 0.03 * random.normal(size=columns.shape)
    columns[random.random(columns.shape) < 0.15] = np.nan
    columns[:7, 1] = np.nan
    return columns


@pytest.mark.parametrize(
    ("ahead", "seasonal", "damped"),
    [
        *(left(1, *form) for form in FORMS[:-1]),
        (1, *FORMS[-1]),
        *((8, *form) for form in FORMS),
    ],
)
def test_it_is_the_best_of_its_candidates_by_the_textbook(ahead, seasonal, damped) -> None:
    columns = labels()
    forecaster = HoltWinters(PERIOD if seasonal else None, seasonal, damped)
    forecasts, _ = passed(forecaster, columns, ahead)
    wanted = np.stack([textbook(column, seasonal, damped, ahead) for column in columns.T], 1)
    np.testing.assert_allclose(forecasts, wanted, rtol=1e-9, atol=1e-9)


def test_a_falling_level_is_held_above_zero_where_seasons_are_factors() -> None:
    column = np.concatenate([np.linspace(100, 2, 40), np.full(20, np.nan)])
    forecaster = HoltWinters(PERIOD, "multiplicative", damped=False)
    for ahead in (1, 30):
        forecasts, _ = passed(forecaster, column[:, None], ahead)
        wanted = textbook(column, "multiplicative", False, ahead)
        np.testing.assert_allclose(forecasts[:, 0], wanted, rtol=1e-9)
        assert (forecasts > 0).all()
    without, _ = passed(HoltWinters(PERIOD, damped=False), column[:, None], 30)
    assert without.min() < 0


def test_a_label_that_is_not_above_zero_in_the_first_period_makes_seasons_summands() -> None:
    column = np.array([8.0, -1, 12, 14, 6, 7, 3, 11, 15, 9, 8, 1, 10, 13, 6])
    forecasts, state = passed(HoltWinters(PERIOD, "multiplicative"), column[:, None])
    assert not state.multiplies.any()
    wanted, _ = passed(HoltWinters(PERIOD), column[:, None])
    np.testing.assert_allclose(forecasts, wanted, rtol=1e-9)


@pytest.mark.parametrize("bad", [0.0, -4.0])
def test_a_label_that_is_not_above_zero_turns_factors_into_summands(bad) -> None:
    column = np.tile([8.0, 10, 12, 14, 6], 8)
    column[23] = bad
    forecasts, state = passed(HoltWinters(PERIOD, "multiplicative"), column[:, None])
    assert not state.multiplies.any()
    # The label itself is left out, so that a season that repeats is still forecast exactly.
    np.testing.assert_allclose(forecasts[23:-1, 0], column[24:], rtol=1e-9)


def test_a_new_sequence_starts_afresh_with_what_it_knows_of_its_candidates() -> None:
    columns = labels()[:, :3]
    forecasts, state = passed(HoltWinters(PERIOD), columns, begins=[45])
    alone, fresh = passed(HoltWinters(PERIOD), columns[45:])
    np.testing.assert_allclose(state.level, fresh.level, rtol=1e-9)
    assert (np.asarray(state.error) > np.asarray(fresh.error)).all()
    started = (np.isfinite(columns[45:]).cumsum(axis=0) > 0).all(axis=1)[:4]
    np.testing.assert_allclose(forecasts[45:49][started], alone[:4][started], rtol=1e-9)


def smape(forecasts: np.ndarray, labels: np.ndarray) -> float:
    size = np.abs(forecasts) + np.abs(labels)
    return float(np.mean(200 * np.abs(forecasts - labels) / size))


def test_airline_passengers_are_forecast_within_4_percent() -> None:
    datasets = pytest.importorskip("river.datasets")
    column = np.array([float(y) for _, y in datasets.AirlinePassengers()])

    def score(forecaster) -> float:
        forecasts, _ = passed(forecaster, column[:, None], dtype=np.float32)
        return smape(forecasts[11:-1, 0], column[12:])

    assert score(HoltWinters(12, "multiplicative")) < 4.1
    assert score(HoltWinters(12)) < 6.2
    assert min(score(LastLabel()), score(Seasonal(12))) > 8.5


@pytest.mark.parametrize("seasonal", ["additive", "multiplicative"])
@pytest.mark.parametrize("unit", [1e-6, left(1e6)])
def test_forecasts_follow_the_unit_of_the_labels(seasonal, unit) -> None:
    columns = labels()[:, :2]
    one, _ = passed(HoltWinters(PERIOD, seasonal), columns)
    other, _ = passed(HoltWinters(PERIOD, seasonal), unit * columns)
    np.testing.assert_allclose(other, unit * one, rtol=1e-9)


def test_an_undamped_trend_goes_on_and_a_damped_one_fades() -> None:
    column = 3.0 * np.arange(3000)[:, None]
    for damped, wanted in ((False, column[-1] + 300), (True, None)):
        forecasts, _ = passed(HoltWinters(seasonal=None, damped=damped), column, ahead=100)
        if wanted is not None:
            np.testing.assert_allclose(forecasts[-1], wanted, rtol=1e-3)
        else:
            assert column[-1] < forecasts[-1] < column[-1] + 200


@pytest.mark.parametrize(
    ("message", "make"),
    [
        (r"^Expected period to be an integer >= 2; got None\. Try period=24\.", HoltWinters),
        (r"^Expected period to be an integer >= 2; got 1\.", lambda: HoltWinters(1)),
        (
            r'^Expected seasonal as "additive", "multiplicative" or None; got \'x\'\. Try',
            lambda: HoltWinters(12, "x"),  # pyright: ignore[reportArgumentType]
        ),
        (
            r"^Expected no period without a season; got period=12\. Try period=None, or",
            lambda: HoltWinters(12, None),
        ),
        (r"^Expected damped as a bool; got 1\. Try damped=True", lambda: HoltWinters(12, damped=1)),
    ],
)
def test_settings_that_are_none_are_refused(message, make, untyped) -> None:
    with pytest.raises(ValueError, match=message):
        make()
