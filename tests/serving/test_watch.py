"""Divergence is seen, and an outlier is none."""

import numpy as np
import pytest

from onward.serving.watch import FIRST, Watch


def losses(count: int) -> np.ndarray:
    return np.random.default_rng(0).exponential(0.3, count)


def test_a_loss_that_is_no_number_is_a_fault_and_none_at_all_is_not() -> None:
    watch = Watch()
    assert watch.fault(np.inf) == "the loss is not finite"
    assert watch.fault(np.nan) is None


@pytest.mark.parametrize("growth", [1.05, 1.5, 1e6])
def test_losses_that_grow_without_end_are_a_fault(growth: float) -> None:
    watch = Watch()
    assert all(watch.fault(loss) is None for loss in losses(2_000))
    grown = (0.3 * growth**step for step in range(500))
    first, fault = next((loss, told) for loss in grown if (told := watch.fault(loss)))
    assert "times what it was" in fault and first < 0.3 * 1e4 * growth


def test_outliers_and_another_level_are_no_fault() -> None:
    watch = Watch()
    noisy = losses(5_000)
    noisy[3_000:] *= 20
    noisy[1_000::100] = 100.0
    assert all(watch.fault(float(loss)) is None for loss in noisy)


def test_the_first_losses_raise_no_alarm() -> None:
    watch = Watch()
    assert all(watch.fault(loss) is None for loss in [1e-6] * (FIRST - 1) + [1e6])
