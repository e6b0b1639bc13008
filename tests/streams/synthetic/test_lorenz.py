import numpy as np
import pytest
from scipy.integrate import solve_ivp

from onward.streams import Lorenz

HALF = 2000


@pytest.fixture(scope="module")
def states() -> np.ndarray:
    (chunk,) = Lorenz(length=2 * HALF).chunks(2 * HALF)
    np.testing.assert_array_equal(chunk.x, chunk.y)
    return chunk.x.astype(np.float64)


def error_of(states: np.ndarray, first: int, rows: int, rho: float) -> float:
    """Return the largest distance to an independent solution that starts in row `first`."""

    def flow(_: float, state: np.ndarray) -> list[float]:
        x, y, z = state
        return [10 * (y - x), x * (rho - z) - y, x * y - 8 / 3 * z]

    times = 0.02 * np.arange(rows)
    solution = solve_ivp(flow, (0, times[-1]), states[first], t_eval=times, rtol=1e-10, atol=1e-10)
    return float(np.max(np.abs(solution.y.T - states[first : first + rows])))


@pytest.mark.parametrize(("first", "rho", "other"), [(100, 28, 35), (HALF + 100, 35, 28)])
def test_each_half_solves_the_equations(
    states: np.ndarray, first: int, rho: float, other: float
) -> None:
    assert error_of(states, first, 60, rho) < 1e-3
    assert error_of(states, first, 60, other) > 1.0


def test_rho_changes_at_the_middle_row(states: np.ndarray) -> None:
    assert error_of(states, HALF - 2, 2, 28) < 1e-4
    assert error_of(states, HALF - 1, 2, 35) < 1e-4
    assert error_of(states, HALF - 1, 2, 28) > 1e-2


def test_it_starts_on_the_attractor_and_stays(states: np.ndarray) -> None:
    assert np.all(np.abs(states[:, 0]) < 30) and np.all(states[:, 2] > 0)
    assert np.std(states[:HALF, 0]) > 5


def test_seeds_draw_the_start() -> None:
    (first,), (second,) = Lorenz(length=10).chunks(10), Lorenz(length=10, seed=1).chunks(10)
    assert not np.allclose(first.x, second.x)
    (again,) = Lorenz(length=10).chunks(10)
    np.testing.assert_array_equal(first.x, again.x)
