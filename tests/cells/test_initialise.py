"""Initial weights: the numbers that a seed has always given."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from onward.cells.initialise import uniform

SHAPES = [(3, 4, 5), (2, 7), (6,), ()]


@pytest.mark.parametrize(
    "dtype", [jnp.float32, pytest.param(jnp.float64, marks=pytest.mark.matrix)]
)
def test_a_draw_in_a_row_is_that_of_its_shape(dtype) -> None:
    key = jax.random.key(3)
    for shape in SHAPES:
        expected = jax.random.uniform(key, shape, dtype, -(1 / 7**0.5), 1 / 7**0.5)
        np.testing.assert_array_equal(uniform(key, shape, 7, dtype), expected)
