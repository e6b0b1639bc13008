"""Outer products kept as factors are the matrices that they stand for."""

import jax.numpy as jnp
import numpy as np
import pytest

from onward.algebra import RankOne, materialise, squared_norm


def factors(*left: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.normal(size=left), random.normal(size=3)


@pytest.mark.parametrize("left", [(4,), (2, 4)])
def test_materialised_it_is_the_outer_product(left) -> None:
    a, b = factors(*left)
    expected = np.multiply.outer(a, b)
    found = RankOne(jnp.asarray(a), jnp.asarray(b))
    np.testing.assert_allclose(found.materialise(), expected, rtol=1e-15)
    np.testing.assert_allclose(found.squared_norm(), (expected**2).sum(), rtol=1e-14)


def test_trees_mix_factored_leaves_and_arrays() -> None:
    a, b = factors(4)
    tree = {"outer": RankOne(jnp.asarray(a), jnp.asarray(b)), "plain": jnp.asarray(a), "no": None}
    written = materialise(tree)
    assert written["outer"].shape == (4, 3)
    assert written["plain"] is tree["plain"]
    expected = (np.multiply.outer(a, b) ** 2).sum() + (a**2).sum()
    np.testing.assert_allclose(squared_norm(tree, float), expected, rtol=1e-14)
    np.testing.assert_allclose(squared_norm(written, float), expected, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_empty_tree_has_the_norm_zero_in_the_dtype_asked_for(dtype) -> None:
    norm = squared_norm((), dtype)
    assert norm == 0
    assert norm.dtype == dtype
