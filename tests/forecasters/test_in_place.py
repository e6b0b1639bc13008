"""In a compiled loop a row is written into a state, and the rest of it is not moved."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from onward.forecasters import HoltWinters, Markov, Seasonal
from oracles import jit

LENGTH = 961
FORECASTERS = {
    "season": (Seasonal(LENGTH), 1),
    "smoothed season": (HoltWinters(LENGTH, "multiplicative"), 1),
    "table": (Markov(2), 31),
}


def copies(forecaster, width: int, forecast_first: bool) -> int:
    """How often a compiled loop copies an array that is LENGTH long."""

    def step(state, label):
        known = jnp.ones(width, bool)
        if forecast_first:
            return forecaster.update(state, label, known), forecaster.forecast(state, 1)
        state = forecaster.update(state, label, known)
        return state, forecaster.forecast(state, 1)

    given = forecaster.init(width, np.float32, 1), jnp.ones((50, width), np.float32)
    program = jit(lambda *given: jax.lax.scan(step, *given), donate_argnums=0).lower(*given)
    return len(re.findall(rf"f32\[{LENGTH},.*\scopy\(", program.compile().as_text()))


@pytest.mark.parametrize("name", FORECASTERS)
@pytest.mark.skipif(jax.default_backend() != "cpu", reason="it reads what XLA makes for a CPU")
def test_a_forecast_after_the_update_leaves_the_state_in_place(name: str) -> None:
    assert copies(*FORECASTERS[name], forecast_first=False) == 0
    assert copies(*FORECASTERS[name], forecast_first=True) > 0
