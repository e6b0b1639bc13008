"""What goes out is bounded, and keeps its direction."""

import numpy as np
import pytest

from onward.serving import Limit


def through(limit: Limit, wanted: np.ndarray) -> tuple[np.ndarray, list[bool]]:
    out, last, told = [], None, []
    for one in wanted:
        last, limited = limit(one, last)
        out.append(last)
        told.append(limited)
    return np.array(out), told


def wild() -> np.ndarray:
    random = np.random.default_rng(0)
    return random.normal(size=(500, 2)) * 10.0 ** random.integers(-3, 4, (500, 1))


@pytest.mark.parametrize("bounds", [{"norm": 2.0}, {"change": 0.5}, {"norm": 2.0, "change": 0.5}])
def test_no_output_is_longer_and_no_change_faster(bounds: dict[str, float]) -> None:
    wanted = wild()
    out, told = through(Limit(**bounds), wanted)
    if "norm" in bounds:
        assert np.linalg.norm(out, axis=1).max() <= 2.0 * (1 + 1e-12)
    if "change" in bounds:
        assert np.linalg.norm(np.diff(out, axis=0), axis=1).max() <= 0.5 * (1 + 1e-12)
    assert told == [not np.array_equal(one, other) for one, other in zip(out, wanted, strict=True)]
    assert any(told) and not all(told)


def test_it_is_the_formula_and_keeps_the_direction() -> None:
    limit = Limit(norm=5.0, change=1.0)
    far = np.array([6.0, 8.0])
    first, limited = limit(far, None)
    assert limited and np.allclose(first, [3.0, 4.0])
    second, limited = limit(np.array([0.0, 0.0]), first)
    assert limited and np.allclose(second, [2.4, 3.2])
    near = np.array([2.0, 3.0])
    same, limited = limit(near, second)
    assert same is near and not limited


def test_numbers_whose_squares_overflow_are_shortened_too() -> None:
    huge = np.array([3e38, 4e37], np.float32)
    out, limited = Limit(norm=1.0)(huge, None)
    assert limited and out.dtype == np.float32 and np.isclose(np.linalg.norm(out), 1.0)


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({}, r"Expected a bound on norm or change; got neither. Try Limit\(norm=1.0\)."),
        ({"norm": 0.0}, "Expected norm > 0; got 0.0. Try norm=1.0."),
        ({"change": float("nan")}, "Expected change > 0; got nan. Try change=1.0."),
    ],
)
def test_a_bound_that_bounds_nothing_is_refused(bounds: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Limit(**bounds)
