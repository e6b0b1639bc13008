"""The oracles agree with each other and with finite differences, which decide."""

import numpy as np
import pytest

from catalogue import CELLS
from matrix import beside
from oracles import case_of, relative, slopes_of, summed_gradient

BY_CELL = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in CELLS]


SMOOTH = [param for param in BY_CELL if CELLS[str(param.values[0])].smooth]


@pytest.mark.parametrize("name", SMOOTH)
def test_the_per_step_gradient_is_that_of_finite_differences(name: str) -> None:
    slopes = slopes_of(name)
    np.testing.assert_allclose(case_of(name).gradient, slopes, rtol=1e-6, atol=1e-8)
    assert np.linalg.norm(slopes) > 1e-3


# Of those that finite differences decide, one of each structure.
SUMMED = [
    pytest.param(
        name,
        marks=[
            pytest.mark.xdist_group(name),
            *([pytest.mark.matrix] if CELLS[name].smooth and beside(name) else []),
        ],
    )
    for name in CELLS
]


@pytest.mark.parametrize("name", SUMMED)
def test_the_per_step_gradients_add_up_to_that_of_the_summed_loss(name: str) -> None:
    case = case_of(name)
    total = summed_gradient(case.cell, case.task)
    assert relative(case.gradient.sum(axis=0), total) < 1e-12


@pytest.mark.parametrize("name", BY_CELL)
def test_the_dense_recursion_is_backpropagation(name: str) -> None:
    case = case_of(name)
    whole = case.linear.propagated(case.linear.jacobian)
    assert relative(case.linear.credit(whole) + case.linear.direct, case.gradient) < 1e-12
    np.testing.assert_allclose(case.linear.truncated(99), whole, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", BY_CELL)
def test_forgetting_the_past_is_seen(name: str) -> None:
    case = case_of(name)
    immediate = case.linear.credit(case.linear.immediate) + case.linear.direct
    assert relative(immediate, case.gradient) > 1e-3
