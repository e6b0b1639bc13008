"""That the tasks of the credit benchmark are what they say."""

import numpy as np
import pytest

from papers.credit.controls import LAGS, last_label
from papers.credit.regressions import NOISE
from papers.credit.tasks import TASKS, WIDTH, held_out, padded

ROWS = 6000


@pytest.mark.parametrize(
    ("name", "error"),
    [
        *((name, 1) for name in ("recall-8", "xor-8", "chain-8", "copy-4", "sine-8")),
        *((name, 1) for name in ("stationary", "drifting")),
        ("adding-6", 1 / 6),
    ],
)
def test_the_best_constant_has_the_error_of_the_closed_form(name: str, error: float) -> None:
    labels = TASKS[name].make(ROWS, 0).y
    assert np.nanvar(labels) == pytest.approx(error, rel=0.08)


@pytest.mark.parametrize("delay", [1, 32])
def test_recall_is_the_input_of_some_samples_ago(delay: int) -> None:
    x, y = TASKS[f"recall-{delay}"].make(200, 3)
    np.testing.assert_array_equal(y[delay:], x[:-delay])
    assert set(np.unique(x)) == {-1, 1}


@pytest.mark.parametrize("delay", [1, 32])
def test_xor_is_a_product_that_no_linear_model_sees(delay: int) -> None:
    x, y = TASKS[f"xor-{delay}"].make(ROWS, 3)
    np.testing.assert_array_equal(y[delay:, 0], x[delay:, 0] * x[:-delay, 0])
    lagged = np.stack([np.roll(x[:, 0], lag) for lag in range(LAGS + 1)], axis=1)[LAGS:]
    weights, *_ = np.linalg.lstsq(lagged, y[LAGS:], rcond=None)
    error = np.mean((lagged @ weights - y[LAGS:]) ** 2)
    assert error == pytest.approx(1, abs=0.02), "what least squares finds is chance"


@pytest.mark.parametrize("length", [2, 128])
def test_a_chain_asks_at_its_end_for_what_its_beginning_showed(length: int) -> None:
    x, y = TASKS[f"chain-{length}"].make(10 * length, 0)
    whole = x.reshape(10, length, 3)
    np.testing.assert_array_equal(y.reshape(10, length)[:, -1], whole[:, 0, 0])
    assert np.isnan(y.reshape(10, length)[:, :-1]).all()
    assert (
        not whole[:, 1:, 0].any() and (whole[:, 0, 1] == 1).all() and (whole[:, -1, 2] == 1).all()
    )
    assert whole[:, :, 1:].sum() == 20, "each mark stands once in a sequence"
    assert TASKS[f"chain-{length}"].horizon == length - 1


def test_copy_asks_for_what_was_shown_in_order() -> None:
    x, y = TASKS["copy-4"].make(80, 0)
    shown, asked = np.split(x.reshape(10, 8, 2), 2, axis=1)
    np.testing.assert_array_equal(y.reshape(10, 8)[:, 4:], shown[:, :, 0])
    assert np.isnan(y.reshape(10, 8)[:, :4]).all()
    assert not shown[:, :, 1].any() and (asked == [0, 1]).all()


def test_a_regression_leaves_its_noise_and_may_turn() -> None:
    left = {}
    for name in ("stationary", "drifting"):
        x, y = TASKS[name].make(ROWS, 1)
        assert TASKS[name].floor == NOISE
        weights, *_ = np.linalg.lstsq(x[:300], y[:300], rcond=None)
        left[name] = [np.mean((x[part] @ weights - y[part]) ** 2) for part in _ends()]
    assert left["stationary"] == pytest.approx([NOISE, NOISE], rel=0.2)
    assert left["drifting"][1] > 5 * NOISE, "old weights are of no use at the end"


def _ends() -> tuple[slice, slice]:
    return slice(300), slice(-300, None)


def test_a_seed_draws_another_stream_and_the_same_one_again() -> None:
    for name, task in TASKS.items():
        if task.files:
            continue
        first, again, other = (task.make(300, seed) for seed in (0, 0, 1))
        np.testing.assert_array_equal(first.x, again.x)
        np.testing.assert_array_equal(first.y, again.y)
        assert (first.x != other.x).any(), name
        assert len(first.x) == len(first.y) == 300
        assert (
            padded(first.x).shape == (300, WIDTH) and first.x.dtype == first.y.dtype == np.float32
        )


def test_names_decide_which_half_is_held_out() -> None:
    assert len(held_out()) == len(TASKS) // 2 and held_out() < set(TASKS)
    for half in (held_out(), set(TASKS) - held_out()):
        families = {TASKS[name].family for name in half}
        assert {"recall", "xor", "chain"} <= families, "both halves hold each family of horizons"


def test_the_last_label_is_one_that_came_before() -> None:
    y = np.array([[np.nan], [3.0], [np.nan], [5.0], [7.0]])
    np.testing.assert_array_equal(last_label(y)[:, 0], [0, 0, 3, 3, 5])
