"""A product in blocks of columns against the product alone."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from onward.algebra import Dense, Full, Rounded
from onward.algebra.blocks import THREADED, WHOLE, in_blocks


@pytest.mark.parametrize("entries", [1, 6, 9, 12, 1000])
def test_blocks_of_any_width_give_the_product(entries) -> None:
    """One column at a time, widths that divide the 21 columns and that do not, all at once."""
    random = np.random.default_rng(0)
    matrix, rows = random.normal(size=(3, 3)), random.normal(size=(3, 7, 3))
    move = jax.jit(lambda rows: in_blocks(lambda block: matrix @ block, rows, entries))
    np.testing.assert_allclose(move(rows), np.tensordot(matrix, rows, 1), rtol=1e-13)


def _loops(influence, units: int, dtype) -> bool:
    """Whether a dense J moves an influence of 2^16 columns in a loop, from shapes alone."""

    def push(matrix, rows):
        return influence(rows).push(Dense(matrix)).leaves

    matrix = jax.ShapeDtypeStruct((units, units), jnp.float32)
    rows = jax.ShapeDtypeStruct((units, 1 << 16), dtype)
    compiled = jax.jit(push, donate_argnums=1).lower(matrix, rows).compile()
    return " while(" in (compiled.as_text() or "")


@pytest.mark.parametrize("units, loops", [(WHOLE >> 16, False), ((WHOLE >> 16) + 1, True)])
def test_a_product_is_made_at_once_up_to_a_size(units: int, loops: bool) -> None:
    assert _loops(Full, units, jnp.float32) == loops


def test_a_rounded_influence_is_never_widened_as_a_whole() -> None:
    rounded = partial(Rounded, dtype=jnp.dtype("float32"))
    assert _loops(rounded, WHOLE >> 16, jnp.uint16)
    assert not _loops(rounded, THREADED >> 16, jnp.uint16)
