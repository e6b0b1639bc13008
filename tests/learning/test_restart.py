"""A state that overflows starts again where the cell starts, wherever that is."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward import RTRL, TBPTT, AbstractCell, Immediate, Learner, Unscaled

from .examples import all_finite, copied, start, stream


class Biased(AbstractCell):
    """A cell that starts at weights of its own, and overflows at a large second input."""

    mix: jax.Array
    first: jax.Array
    input_size: int = eqx.field(static=True, default=2)

    def init_state(self):
        return jnp.sin(self.first)

    def __call__(self, state_prev, x):
        return jnp.tanh(self.mix @ state_prev + self.first + x[0]) + jnp.exp(100 * x[1])


def learner_with(rule, delay: int) -> Learner:
    random = np.random.default_rng(0)
    cell = Biased(jnp.asarray(random.normal(size=(2, 2))), jnp.array([0.7, -0.4]))
    return Learner(
        cell, rule=rule, delay=delay, scale=Unscaled(), optimizer="sgd", learning_rate=0.05
    )


@pytest.mark.parametrize(
    ("rule", "delay"),
    [
        (RTRL(), 2),
        left(TBPTT(3), 0),
        left(TBPTT(3), 2),
        left(RTRL(), 0),
        *(left(Immediate(), delay) for delay in (0, 2)),
    ],
    ids=str,
)
def test_a_state_that_overflows_is_the_first_one_at_the_present_weights(rule, delay) -> None:
    learner = learner_with(rule, delay)
    xs, ys = stream(20)
    xs[:, 1] = -1.0
    state, _ = learner.run(start(learner), xs[:12], ys[:12])
    assert np.abs(state.recurrent - learner.cell.init_state()).max() > 1e-2
    spike = np.array([0.3, 8.0])
    before = copied(state.parameters["cell"])
    state, info = learner.step(state, spike, ys[12])
    assert info.skipped
    restarted = np.sin(before.first)
    np.testing.assert_array_equal(state.recurrent, restarted)
    assert np.abs(restarted).min() > 0.1
    # It is where the cell starts now, not where it started before it learnt.
    assert np.abs(restarted - learner.cell.init_state()).max() > 1e-4
    for x, y in zip(xs[13:], ys[13:], strict=True):
        state, info = learner.step(state, x, y)
        assert not info.skipped
    assert all_finite(state)


def test_what_is_predicted_after_a_restart_is_what_a_fresh_state_predicts() -> None:
    learner = learner_with(Immediate(), 0)
    xs, ys = stream(20)
    xs[:, 1] = -1.0
    state, _ = learner.run(start(learner), xs[:12], ys[:12])
    state, _ = learner.step(state, [0.3, 8.0], [np.nan])
    cell = eqx.tree_at(
        lambda cell: (cell.mix, cell.first),
        learner.cell,
        (state.parameters["cell"].mix, state.parameters["cell"].first),
    )
    fresh = state.replace(recurrent=cell.init_state())
    np.testing.assert_array_equal(learner.predict(state, xs[12]), learner.predict(fresh, xs[12]))
