"""Every cell that has a name learns in a learner, and equal learners share what is compiled."""

import jax
import numpy as np
import pytest

from learning.examples import all_finite, stream
from matrix import left
from onward import Learner
from onward.runs import CELLS

pytestmark = pytest.mark.shapes


# The loop sees a cell's state, parameters and output, whatever it is.
KEPT = {"lstm"}


@pytest.mark.parametrize("name", [name if name in KEPT else left(name) for name in CELLS])
def test_a_named_cell_learns(name: str) -> None:
    first, second = (
        Learner(CELLS[name](2, 4, key=jax.random.key(0)), optimizer="rmsprop") for _ in range(2)
    )
    assert first == second and hash(first) == hash(second)
    xs, ys = stream(5)
    state, info = first.run(first.init(jax.random.key(1)), xs, ys)
    # The first label tells the scale, and there is nothing to learn from it.
    assert int(state.counters.learnt) == 4
    assert np.isfinite(info.loss[1:]).all() and all_finite(state)
