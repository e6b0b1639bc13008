"""The linear readout, with and without a direct path."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from onward import Linear


def filled(readout: Linear) -> Linear:
    random = np.random.default_rng(0)
    return jax.tree.map(lambda leaf: jnp.asarray(random.normal(size=leaf.shape)), readout)


@pytest.mark.parametrize("direct", [0, 4])
def test_the_output_is_affine_in_what_is_emitted_and_in_the_input(direct) -> None:
    random = np.random.default_rng(1)
    emitted, x = random.normal(size=3), random.normal(size=4)
    readout = filled(Linear(3, 2, direct=direct))
    expected = np.asarray(readout.weight) @ emitted + np.asarray(readout.bias)
    if direct:
        expected = expected + np.asarray(readout.direct) @ x
    found = readout(jnp.asarray(emitted), jnp.asarray(x))
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_starts_at_zero_in_the_dtype_asked_for(dtype) -> None:
    readout = Linear(3, 2, direct=4, dtype=dtype)
    for leaf in (readout.weight, readout.direct, readout.bias):
        assert leaf.dtype == dtype
        assert not leaf.any()


def test_persistence_is_the_identity_on_the_last_inputs() -> None:
    readout = Linear(3, 2, direct=5).persistent(np.eye(2))
    x = jnp.asarray([9.0, 8.0, 7.0, 1.0, 2.0])
    np.testing.assert_array_equal(readout(jnp.ones(3), x), [1, 2])
    with pytest.raises(ValueError, match=r"^Expected a readout with a direct path; got none\. Try"):
        Linear(3, 2).persistent(np.eye(2))


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^Expected outputs to be a positive integer; got 0\."):
        Linear(3, 0)
