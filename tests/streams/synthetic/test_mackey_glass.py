import numpy as np
import pytest
from scipy.interpolate import make_interp_spline

from onward.streams import MackeyGlass, StreamError

LENGTH = 1000
FINE = 50


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    (chunk,) = MackeyGlass(length=LENGTH).chunks(LENGTH)
    np.testing.assert_array_equal(chunk.x, chunk.y)
    return chunk.x[:, 0].astype(np.float64)


def error_of(values: np.ndarray, first: int, units: int, delay: int) -> float:
    """Return the largest distance to a Runge-Kutta solution that starts in row `first`.

    Its past is a spline through the stream's rows; 50 steps a unit, delayed values half-way
    between steps by the same spline.
    """
    past = make_interp_spline(np.arange(len(values)), values, k=7)
    step = 1 / FINE
    halves = [past(first - delay + k * step / 2) for k in range(2 * delay * FINE + 1)]

    def flow(now: float, delayed: float) -> float:
        return 0.2 * delayed / (1 + delayed**10) - 0.1 * now

    now, found = values[first], []
    for k in range(min(units, delay) * FINE):
        start, middle, end = halves[2 * k : 2 * k + 3]
        k1 = flow(now, start)
        k2 = flow(now + step / 2 * k1, middle)
        k3 = flow(now + step / 2 * k2, middle)
        k4 = flow(now + step * k3, end)
        now += step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        if (k + 1) % FINE == 0:
            found.append(now)
    return float(np.max(np.abs(found - values[first + 1 : first + 1 + len(found)])))


@pytest.mark.parametrize(("first", "delay", "other"), [(100, 17, 30), (700, 30, 17)])
def test_each_half_solves_the_equation(
    values: np.ndarray, first: int, delay: int, other: int
) -> None:
    assert error_of(values, first, 17, delay) < 1e-3
    assert error_of(values, first, 17, other) > 0.05


def test_delay_changes_at_the_middle_row(values: np.ndarray) -> None:
    half = LENGTH // 2
    assert error_of(values, half - 6, 5, 17) < 1e-3
    assert error_of(values, half - 1, 5, 30) < 2e-3
    assert error_of(values, half - 1, 5, 17) > 1e-2


def test_seeds_draw_the_past() -> None:
    (first,), (second,) = MackeyGlass(length=9).chunks(9), MackeyGlass(length=9, seed=1).chunks(9)
    assert not np.allclose(first.x, second.x)


def test_a_delay_without_a_past_is_refused() -> None:
    message = r"^Expected a delay from 1 to 300; got 400; try 17 or 30\.$"
    with pytest.raises(StreamError, match=message):
        MackeyGlass(delay_after=400)
