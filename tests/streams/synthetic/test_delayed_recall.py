import numpy as np
import pytest

from onward.streams import DelayedRecall, StreamError


def rows(stream: DelayedRecall) -> tuple[np.ndarray, np.ndarray]:
    (chunk,) = stream.chunks(stream.length)
    return chunk.x[:, 0], chunk.y[:, 0]


@pytest.mark.parametrize("delay", [0, 1, 5, 40])
def test_a_label_is_the_symbol_shown_delay_samples_ago(delay: int) -> None:
    shown, asked = rows(DelayedRecall(delay=delay, length=500))
    np.testing.assert_array_equal(asked[delay:], shown[: len(shown) - delay])
    assert set(shown) == set(asked) == {-1.0, 1.0}


def correlation(shown: np.ndarray, asked: np.ndarray, lag: int) -> float:
    return float(np.mean(asked[lag:] * shown[: len(shown) - lag]))


def test_nothing_but_that_symbol_tells_the_label() -> None:
    """With independent signs a correlation over 20,000 samples has a deviation of 0.007."""
    shown, asked = rows(DelayedRecall())
    assert len(shown) == 20_000
    for lag in range(10):
        found = correlation(shown, asked, lag)
        assert found == 1.0 if lag == 5 else abs(found) < 0.03
        assert abs(np.mean(asked[lag + 1 :] * asked[: -lag - 1])) < 0.03
    assert abs(shown.mean()) < 0.03


def test_labels_before_the_delay_has_passed_are_symbols_too() -> None:
    asked = rows(DelayedRecall(delay=400, length=300))[1]
    assert set(asked) == {-1.0, 1.0} and abs(asked.mean()) < 0.3


def test_seeds_draw_the_symbols() -> None:
    first, second = (rows(DelayedRecall(seed=seed))[0] for seed in (0, 1))
    assert np.mean(first == second) == pytest.approx(0.5, abs=0.03)
    np.testing.assert_array_equal(rows(DelayedRecall(seed=1))[0], second)


def test_horizon_is_zero() -> None:
    assert DelayedRecall().info.horizon == 0


def test_a_bad_delay_and_one_row_are_refused() -> None:
    with pytest.raises(StreamError, match=r"at least 0 samples; got -1; try delay=5\.$"):
        DelayedRecall(delay=-1)
    with pytest.raises(StreamError, match=r"^Expected a length of at least 2 rows; got 1;"):
        DelayedRecall(length=1)
