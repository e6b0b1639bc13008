"""A product in blocks of columns against the product alone."""

import jax
import numpy as np
import pytest

from onward.algebra.blocks import in_blocks


@pytest.mark.parametrize("entries", [1, 6, 9, 12, 1000])
def test_blocks_of_any_width_give_the_product(entries) -> None:
    """One column at a time, widths that divide the 21 columns and that do not, all at once."""
    random = np.random.default_rng(0)
    matrix, rows = random.normal(size=(3, 3)), random.normal(size=(3, 7, 3))
    move = jax.jit(lambda rows: in_blocks(lambda block: matrix @ block, rows, entries))
    np.testing.assert_allclose(move(rows), np.tensordot(matrix, rows, 1), rtol=1e-13)
