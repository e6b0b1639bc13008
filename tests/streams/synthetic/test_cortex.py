import numpy as np
import pytest

from onward.streams import Cortex
from onward.streams.synthetic.reaches import reach_velocity

MINUTE = 1200


@pytest.fixture(scope="module")
def cortex() -> Cortex:
    return Cortex()


@pytest.fixture(scope="module")
def counts(cortex: Cortex) -> np.ndarray:
    return next(cortex.chunks(cortex.length)).x.astype(np.float64)


@pytest.fixture(scope="module")
def velocity(cortex: Cortex) -> np.ndarray:
    return next(cortex.chunks(cortex.length)).y.astype(np.float64)


def regressed_directions(
    counts: np.ndarray, velocity: np.ndarray, latency: np.ndarray, rows: slice
) -> np.ndarray:
    """Return each neuron's preferred direction as least squares sees it in `rows`."""
    directions = []
    for neuron, lead in enumerate(latency):
        led = velocity[rows.start + lead : rows.stop + lead]
        design = np.column_stack([np.ones(len(led)), led, np.hypot(*led.T)])
        weights = np.linalg.lstsq(design, counts[rows, neuron], rcond=None)[0]
        directions.append(np.arctan2(weights[2], weights[1]))
    return np.array(directions)


def median_angle(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.median(np.abs(np.angle(np.exp(1j * (first - second))))))


def test_regression_finds_the_true_directions_until_they_drift(
    cortex: Cortex, counts: np.ndarray, velocity: np.ndarray
) -> None:
    early, late = slice(0, 2 * MINUTE), slice(17 * MINUTE, 19 * MINUTE)
    # Noise hides the directions of weakly tuned neurons from two minutes of counts.
    tuned = np.all(cortex.tuning.depth[[MINUTE, 18 * MINUTE]] > 4, axis=0)
    assert np.sum(tuned) > 30
    counts = counts[:, tuned]
    truth = cortex.tuning.preferred_direction[:, tuned]
    latency = cortex.tuning.latency[tuned]
    found_early = regressed_directions(counts, velocity, latency, early)
    found_late = regressed_directions(counts, velocity, latency, late)
    assert median_angle(found_early, truth[MINUTE]) < 0.2
    assert median_angle(found_late, truth[18 * MINUTE]) < 0.2
    assert median_angle(found_late, truth[MINUTE]) > 0.5
    unrelated = regressed_directions(np.roll(counts, 5000, 0), velocity, latency, early)
    assert median_angle(unrelated, truth[MINUTE]) > 1.0


def test_without_drift_and_events_directions_stay() -> None:
    still = Cortex(direction_drift=0, depth_drift=0, event_times=(), length=100, neurons=5)
    for trait in ("baseline", "depth", "preferred_direction", "speed_gain"):
        values = getattr(still.tuning, trait)
        np.testing.assert_array_equal(values, np.repeat(values[:1], 100, axis=0))


def test_counts_are_poisson_of_the_true_rates(cortex: Cortex, counts: np.ndarray) -> None:
    rates = 0.05 * cortex.tuning.rates(cortex._velocity)
    assert np.mean(counts) == pytest.approx(np.mean(rates), rel=0.005)
    silent = rates == 0
    assert np.all(counts[silent] == 0)
    counts, rates = counts[~silent], rates[~silent]
    # Mean = variance, at every level of the rate.
    for low, high in ((0.1, 0.5), (0.5, 1.0), (1.0, 1.5), (1.5, 5.0)):
        there = (low < rates) & (rates < high)
        squares = (counts[there] - rates[there]) ** 2
        assert np.mean(squares) == pytest.approx(np.mean(rates[there]), rel=0.02)
        assert np.mean(counts[there]) == pytest.approx(np.mean(rates[there]), rel=0.01)
        wrong = (counts[there] - 1.5 * rates[there]) ** 2
        assert np.mean(wrong) != pytest.approx(1.5 * np.mean(rates[there]), rel=0.02)


def test_rates_follow_the_equation_at_the_right_latency() -> None:
    cortex = Cortex(length=200, neurons=20)
    tuning, velocity = cortex.tuning, cortex._velocity
    rates, speed = tuning.rates(velocity), np.hypot(*velocity.T)
    assert set(tuning.latency) == {0, 1, 2, 3}
    for row in np.argsort(speed[:-3])[-50:]:
        for neuron in range(20):
            at = (row, neuron)
            vx, vy = velocity[row + tuning.latency[neuron]]
            direction = tuning.preferred_direction[at]
            along = vx * np.cos(direction) + vy * np.sin(direction)
            tuned = tuning.depth[at] * along + tuning.speed_gain[at] * np.hypot(vx, vy)
            expected = max(0.0, tuning.baseline[at] + tuned / 30)
            assert rates[at] == pytest.approx(expected, rel=1e-5)


def test_counts_lead_the_movement_by_the_latency(
    cortex: Cortex, counts: np.ndarray, velocity: np.ndarray
) -> None:
    tuning, early = cortex.tuning, slice(1000, 11_000)
    found = []
    for neuron in range(96):
        angle = tuning.preferred_direction[early, neuron]
        scores = []
        for lead in range(-2, 7):
            vx, vy = velocity[early.start + lead : early.stop + lead].T
            along = vx * np.cos(angle) + vy * np.sin(angle)
            scores.append(np.corrcoef(counts[early, neuron], along)[0, 1])
        found.append(np.argmax(scores) - 2)
    tuned = tuning.depth[0] > 4
    assert np.mean(np.array(found)[tuned] == tuning.latency[tuned]) > 0.7
    assert np.mean(np.array(found)[tuned] == np.roll(tuning.latency, 1)[tuned]) < 0.5


def test_events_replace_the_stated_electrodes_and_no_others(cortex: Cortex) -> None:
    tuning = cortex.tuning
    assert tuning.event_bins == (12_000, 18_000)
    assert tuning.replaced.sum(axis=1).tolist() == [29, 29]
    for event, first in enumerate(tuning.event_bins):
        jumped = tuning.baseline[first] != tuning.baseline[first - 1]
        np.testing.assert_array_equal(jumped, tuning.replaced[event])
    middle = tuning.baseline[5000:11_000]
    np.testing.assert_array_equal(middle, np.repeat(middle[:1], len(middle), axis=0))


def test_directions_walk_at_the_stated_pace() -> None:
    tuning = Cortex(event_times=(), neurons=400, length=2 * MINUTE).tuning
    walked = tuning.preferred_direction[-1] - tuning.preferred_direction[0]
    assert np.std(walked) == pytest.approx(0.2 * np.sqrt(2), rel=0.12)
    depth = np.log(tuning.depth[-1] / tuning.depth[0])
    assert np.std(depth) == pytest.approx(0.05 * np.sqrt(2), rel=0.12)


def decoding(counts: np.ndarray, velocity: np.ndarray, bins: int, fit: slice, score: slice):
    """Return the R2 of ridge regression on the newest `bins` bins of counts."""
    lagged = [np.roll(counts, lag, axis=0) for lag in range(bins)]
    design = np.column_stack([*lagged, np.ones(len(counts))])
    gram = design[fit].T @ design[fit] + 10 * np.eye(design.shape[1])
    weights = np.linalg.solve(gram, design[fit].T @ velocity[fit])
    residual = velocity[score] - design[score] @ weights
    return 1 - np.mean(residual**2) / np.var(velocity[score])


def test_memory_helps_and_a_frozen_decoder_fails(counts: np.ndarray, velocity: np.ndarray) -> None:
    fit, soon = slice(10, 5000), slice(5000, 7000)
    after = slice(22_000, 24_000)
    assert 0.3 < decoding(counts, velocity, 1, fit, soon) < 0.6
    assert decoding(counts, velocity, 4, fit, soon) > 0.7
    assert decoding(counts, velocity, 4, fit, after) < 0.4
    assert decoding(counts, velocity, 4, slice(18_100, 22_000), after) > 0.65


def test_seeds_draw_everything() -> None:
    first, second = Cortex(length=50), Cortex(length=50, seed=1)
    (rows,), (others,), (again,) = first.chunks(50), second.chunks(50), Cortex(length=50).chunks(50)
    assert not np.array_equal(rows.x, others.x) and not np.array_equal(rows.y, others.y)
    assert not np.array_equal(first.tuning.depth, second.tuning.depth)
    np.testing.assert_array_equal(rows.x, again.x)


def test_columns_are_named() -> None:
    info = Cortex().info
    assert info.feature_names[0] == "n00" and info.feature_names[95] == "n95"
    assert info.target_names == ("velocity_x", "velocity_y")
    assert info.horizon == 0


def test_reaches_stay_in_the_workspace_and_pause() -> None:
    velocity = reach_velocity(6000, 0.05, np.random.default_rng(0))
    position = np.cumsum(velocity, axis=0) * 0.05
    assert velocity.shape == (6000, 2) and np.max(np.abs(position)) <= 10 + 1e-9
    resting = np.all(velocity == 0, axis=1)
    assert 0.1 < np.mean(resting) < 0.5
    assert 20 < np.sum(np.diff(resting.astype(int)) == 1) / 5 < 120
