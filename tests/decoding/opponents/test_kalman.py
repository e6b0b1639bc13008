"""The Kalman filter against the joint distribution of all states and all counts."""

import numpy as np
import pytest

from onward.decoding.opponents import Kalman, Rows
from onward.decoding.opponents.features import Centre

ROWS, STATES, CHANNELS = 7, 2, 3


def planted(random: np.random.Generator) -> Kalman:
    def positive(size: int) -> np.ndarray:
        root = random.normal(size=(size, size))
        return root @ root.T + 0.1 * np.eye(size)

    filter_ = Kalman(with_position=False)
    filter_.centre = Centre(np.zeros(CHANNELS))
    filter_.mean, filter_.level = random.normal(size=STATES), random.normal(size=CHANNELS)
    filter_.transition = 0.5 * random.normal(size=(STATES, STATES))
    filter_.observation = random.normal(size=(CHANNELS, STATES))
    filter_.jitter, filter_.noise = positive(STATES), positive(CHANNELS)
    filter_.spread = positive(STATES)
    filter_._targets = STATES
    return filter_


def by_conditioning(filter_: Kalman, seen: np.ndarray, present: np.ndarray) -> np.ndarray:
    """E[x_t | z_1 ... z_t] of one stretch, by conditioning the joint Gaussian."""
    rows = len(seen)
    # x = mix @ (x_1, w_2, ..., w_T)
    mix = np.zeros((rows, rows, STATES, STATES))
    for row in range(rows):
        for source in range(row + 1):
            mix[row, source] = np.linalg.matrix_power(filter_.transition, row - source)
    flat = mix.transpose(0, 2, 1, 3).reshape(rows * STATES, rows * STATES)
    driven = np.kron(np.eye(rows), filter_.jitter)
    driven[:STATES, :STATES] = filter_.spread
    states = flat @ driven @ flat.T
    look = np.kron(np.eye(rows), filter_.observation)
    counts = look @ states @ look.T + np.kron(np.eye(rows), filter_.noise)
    both = states @ look.T
    made = np.empty((rows, STATES))
    for row in range(rows):
        known = np.flatnonzero(present[: row + 1].ravel())
        own = slice(row * STATES, (row + 1) * STATES)
        news = (seen - filter_.level).ravel()[known]
        made[row] = both[own][:, known] @ np.linalg.solve(counts[np.ix_(known, known)], news)
    return made + filter_.mean


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_mean_given_all_counts_so_far(seed: int) -> None:
    random = np.random.default_rng(seed)
    filter_ = planted(random)
    counts = random.poisson(2.0, size=(2 * ROWS, CHANNELS)).astype(float)
    present = random.random(counts.shape) < 0.7
    present[2] = False
    start = np.arange(2 * ROWS) == ROWS
    gaps = np.where(present, counts, np.nan)
    found = filter_.predict(gaps, start)
    roots = np.sqrt(counts)
    expected = np.concatenate(
        [
            by_conditioning(filter_, roots[part], present[part])
            for part in (slice(0, ROWS), slice(ROWS, None))
        ]
    )
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert np.abs(filter_.predict(counts, start) - expected).max() > 1e-3
    assert np.abs(filter_.predict(gaps, start & False) - expected)[ROWS:].max() > 1e-6


def test_a_settled_covariance_changes_nothing(monkeypatch) -> None:
    random = np.random.default_rng(0)
    filter_ = planted(random)
    counts = random.poisson(2.0, size=(400, CHANNELS)).astype(float)
    counts[200:220, 1] = np.nan
    start = np.arange(400) == 300
    found = filter_.predict(counts, start)
    monkeypatch.setattr("onward.decoding.opponents.kalman.SETTLED", -1.0)
    np.testing.assert_allclose(found, filter_.predict(counts, start), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("with_position", [False, True])
def test_a_fit_finds_the_matrices_that_made_the_data(with_position: bool) -> None:
    random = np.random.default_rng(5)
    rows, size = 30_000, 4 if with_position else 2
    turn = 0.9 * np.array([[0.8, -0.6], [0.6, 0.8]])
    velocity = np.zeros((rows, 2))
    for row in range(1, rows):
        velocity[row] = turn @ velocity[row - 1] + random.normal(size=2)
    start = np.arange(rows) % 100 == 0
    began = np.maximum.accumulate(np.where(start, np.arange(rows), 0))
    total = np.cumsum(velocity, axis=0)
    state = np.column_stack([velocity, total - (total - velocity)[began]])[:, :size]
    look = 0.1 * random.normal(size=(5, size))
    roots = 10.0 + state @ look.T + 0.2 * random.normal(size=(rows, 5))
    scored = random.random(rows) < (1.0 if with_position else 0.8)
    filter_ = Kalman(with_position)
    filter_.fit([Rows(np.square(roots), velocity, start, scored)])
    np.testing.assert_allclose(filter_.observation, look, atol=0.01)
    np.testing.assert_allclose(filter_.noise, 0.04 * np.eye(5), atol=0.003)
    np.testing.assert_allclose(filter_.transition[:2, :2], turn, atol=0.02)
    if with_position:
        np.testing.assert_allclose(filter_.transition[2:, 2:], np.eye(2), atol=4e-3)
        # p_t = p_{t-1} + v_t, and v_t = turn @ v_{t-1} + w_t.
        np.testing.assert_allclose(filter_.transition[2:, :2], turn, atol=0.02)
