"""Each forecaster against its definition, in plain numpy."""

import numpy as np
import pytest

from onward.forecasters import LastLabel, Markov, MovingAverage, RunningMean, Seasonal

from .catalogue import labels_for, passed

LABELS = labels_for(LastLabel())
FIRST = np.isfinite(LABELS).argmax(axis=0).max()


def known(column: np.ndarray) -> np.ndarray:
    return column[np.isfinite(column)]


def expected(forecast) -> np.ndarray:
    """What a function of one target's labels so far gives, after each row."""
    return np.array(
        [[forecast(column[: t + 1]) for column in LABELS.T] for t in range(FIRST, len(LABELS))]
    )


def test_the_last_label_is_the_last_known_one() -> None:
    forecasts, _ = passed(LastLabel(), LABELS, ahead=3, begins=[30])
    np.testing.assert_array_equal(forecasts[FIRST:], expected(lambda past: known(past)[-1]))


def test_the_running_mean_is_that_of_all_known_labels() -> None:
    forecasts, _ = passed(RunningMean(), LABELS, begins=[30])
    wanted = expected(lambda past: known(past).mean())
    np.testing.assert_allclose(forecasts[FIRST:], wanted, rtol=1e-13)


def test_in_float32_the_mean_of_a_million_labels_keeps_its_digits() -> None:
    random = np.random.default_rng(0)
    labels = np.float32(
        1000 + random.random((1_000_000, 1)) + np.linspace(0, 5, 1_000_000)[:, None]
    )
    _, state = passed(RunningMean(), labels, dtype=np.float32)
    found = float(RunningMean().forecast(state, 1)[0])
    assert found == pytest.approx(labels.mean(dtype=np.float64), rel=2e-7)


def test_after_2_to_the_24_labels_the_count_of_float32_stops() -> None:
    forecaster, full = RunningMean(), np.float32(2**24)
    state = np.array([[full], [5.0], [0.0]], np.float32)
    after = forecaster.update(state, np.array([6.0], np.float32), np.array([True]))
    assert after[0, 0] == full
    assert float(after[1, 0]) + float(-after[2, 0]) == pytest.approx(5 + 1 / full, rel=1e-12)


@pytest.mark.parametrize("time_constant", [1.0, 7.5, 1000.0])
def test_a_moving_average_weighs_labels_by_their_age_in_rows(time_constant) -> None:
    def mean(past):
        weights = (1 - 1 / time_constant) ** np.arange(len(past))[::-1] * np.isfinite(past)
        # With a time constant of one row nothing is left of older labels.
        return weights @ np.nan_to_num(past) / weights.sum() if weights.sum() else known(past)[-1]

    forecasts, _ = passed(MovingAverage(time_constant), LABELS)
    np.testing.assert_allclose(forecasts[FIRST:], expected(mean), rtol=1e-11)


def test_a_moving_average_starts_afresh_with_a_sequence() -> None:
    forecasts, _ = passed(MovingAverage(7.5), LABELS, begins=[30])
    alone, _ = passed(MovingAverage(7.5), LABELS[30:])
    started = np.isfinite(LABELS[30:]).cumsum(axis=0) > 0
    np.testing.assert_allclose(forecasts[30:][started], alone[started], rtol=1e-11)
    before = np.broadcast_to(forecasts[29], alone.shape)
    np.testing.assert_array_equal(forecasts[30:][~started], before[~started])


@pytest.mark.parametrize("ahead", [1, 4, 5, 6, 12])
def test_a_season_repeats_the_newest_period(ahead) -> None:
    def season(past):
        row = len(past) - 1 + ahead
        while row >= len(past):
            row -= 5
        there = row >= 0 and np.isfinite(past[row])
        return past[row] if there else known(past)[-1]

    forecasts, _ = passed(Seasonal(5), LABELS, ahead)
    np.testing.assert_array_equal(forecasts[FIRST:], expected(season))


def test_a_season_does_not_reach_into_the_sequence_before() -> None:
    forecasts, _ = passed(Seasonal(5), LABELS, begins=[30])
    alone, _ = passed(Seasonal(5), LABELS[30:])
    started = np.isfinite(LABELS[30:]).cumsum(axis=0) > 0
    np.testing.assert_array_equal(forecasts[30:][started], alone[started])
    last, _ = passed(LastLabel(), LABELS)
    np.testing.assert_array_equal(forecasts[30:][~started], last[30:][~started])


def counted(classes, sequence, order, ahead, decay, prior, width) -> np.ndarray:
    """Forecasts after each row, from counts in a dictionary; class -1 is a missing one."""
    forecasts, counts = [], {}
    for t, label in enumerate(classes):
        for size in range(order + 1):
            rows = range(t - ahead, t - ahead - size, -1)
            inside = all(row >= 0 and sequence[row] == sequence[t] for row in rows)
            context = tuple(classes[row] for row in rows) if inside else (-1,)
            if label >= 0 and -1 not in context:
                counts[context] = (
                    decay * counts.get(context, np.zeros(width)) + np.eye(width)[label]
                )
        forecast = np.full(width, 1 / width)
        for size in range(order + 1):
            rows = range(t, t - size, -1)
            inside = all(row >= 0 and sequence[row] == sequence[t] for row in rows)
            context = tuple(classes[row] for row in rows) if inside else (-1,)
            if -1 not in context:
                count = counts.get(context, np.zeros(width))
                forecast = (count + prior * forecast) / (count.sum() + prior)
        forecasts.append(forecast)
    return np.array(forecasts)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("ahead", [1, 2, 5])
def test_markov_counts_what_followed_each_context(order, ahead) -> None:
    forecaster = Markov(order, time_constant=9.0, prior=0.5)
    labels = labels_for(forecaster, 120)
    classes = np.where(np.isfinite(labels[:, 0]), labels.argmax(axis=1), -1)
    forecasts, _ = passed(forecaster, labels, ahead, begins=[50])
    sequence = (np.arange(120) >= 50).astype(int)
    wanted = counted(classes, sequence, order, ahead, 1 - 1 / 9, 0.5, 3)
    np.testing.assert_allclose(forecasts, wanted, rtol=1e-12)


def test_a_longer_context_tells_apart_what_a_shorter_one_does_not() -> None:
    labels = np.eye(2)[np.tile([0, 0, 1, 1], 50)]
    for order, sure in ((1, False), (2, True)):
        forecasts, _ = passed(Markov(order), labels)
        right = (forecasts[100:-1] * labels[101:]).sum(axis=1)
        assert (right > 0.95).all() if sure else (np.abs(right - 0.5) < 0.05).all()


@pytest.mark.parametrize(
    ("message", "make"),
    [
        (r"^Expected time_constant >= 1, in rows; got 0\.5\. Try time", lambda: MovingAverage(0.5)),
        (r"^Expected period to be an integer >= 2; got 1\. Try period=24", lambda: Seasonal(1)),
        (r"^Expected order 1 or 2; got 3\. Try order=1\.", lambda: Markov(3)),
        (r"^Expected order 1 or 2; got True\.", lambda: Markov(True)),
        (r"^Expected time_constant >= 1, in visits; got 0\. Try", lambda: Markov(time_constant=0)),
        (r"^Expected 0 < prior <= 1000000\.0; got 0\. Try prior=1\.0", lambda: Markov(prior=0)),
        (
            r"^Expected ahead=2, for which the tables are learnt; got 3\. Try init with ahead=3\.",
            lambda: Markov().forecast(Markov().init(3, float, 2), 3),
        ),
    ],
)
def test_settings_that_are_none_are_refused(message, make, untyped) -> None:
    with pytest.raises(ValueError, match=message):
        make()
