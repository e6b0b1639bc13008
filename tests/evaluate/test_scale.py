"""What a linear model judges its numbers by: values that all columns have are taken in faster."""

import numpy as np
import pytest

from onward.evaluate.baselines.scale import MEMORY, Scale


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_a_column_that_is_never_known_changes_nothing_of_the_others(missing: float) -> None:
    """It keeps every row from the short way, whose bits are the same."""
    random, rows = np.random.default_rng(0), int(2.5 * MEMORY)
    values = random.standard_normal((rows, 3)) * [1.0, 1e3, 0.0] + [0.0, 1e9, 7.0]
    values[random.random(values.shape) < missing] = np.nan
    values[1700:1702] *= 1e6
    alone, beside = Scale(3), Scale(4)
    for row in values:
        long = beside.clean(np.append(row, np.nan))
        np.testing.assert_array_equal(alone.clean(row), long[:3])
        np.testing.assert_array_equal(alone.settled(), beside.settled()[:3])
        held = beside.restore_level(np.append(row, 0.0))
        np.testing.assert_array_equal(alone.restore_level(row), held[:3])
    for name, array in alone.state().items():
        np.testing.assert_array_equal(array, beside.state()[name][:3])


def test_one_that_is_put_back_begins_as_it_was() -> None:
    whole, scale = Scale(1), Scale(1)
    for value in range(40):
        whole.clean(np.array([float(value)]))
    scale.restore(Scale(1).state())
    assert np.isnan(scale.restore_level(np.zeros(1))).all()
    whole.restore(scale.state())
    assert np.isnan(whole.restore_level(np.zeros(1))).all() and not whole.settled().any()
