"""Numbers that are not finite, or too large to square, never reach the weights."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward import RTRL, TBPTT, AbstractCell, Immediate, Learner, Unscaled

from .examples import (
    all_finite,
    assert_close,
    assert_same,
    copied,
    differs,
    learner_of,
    start,
    stream,
)

BAD = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf, "1e30": 1e30, "-1e30": -1e30}


@pytest.mark.parametrize(
    ("rule", "delay"),
    [left(Immediate(), 0), (RTRL(), 2), left(Immediate(), 2), left(RTRL(), 0)],
    ids=str,
)
def test_a_bad_feature_is_skipped_on_request_and_counted_once(rule, delay) -> None:
    learner = learner_of(rule=rule, delay=delay, dtype=np.float32, missing="skip")
    xs, ys = stream(30)
    for bad in BAD.values():
        spoilt = xs.copy()
        spoilt[10, 1] = bad
        state, info = learner.run(start(learner), spoilt, ys)
        assert all_finite(state)
        assert_same(info.skipped, np.arange(30) == 10)
        # Its own label is not learnt from, whenever it comes; everything after that is.
        assert_same(info.learnt, (np.arange(30) != 10 + delay) & (np.arange(30) >= max(delay, 1)))
        assert state.counters.skipped == 1
        assert state.counters.filled == 0


@pytest.mark.parametrize("delay", [left(0), 2])
def test_a_bad_label_is_counted_once_and_not_learnt_from(delay) -> None:
    learner = learner_of(delay=delay, dtype=np.float32)
    xs, ys = stream(30)
    for name, bad in BAD.items():
        spoilt = ys.copy()
        spoilt[10] = bad
        state, info = learner.run(start(learner), xs, spoilt)
        assert all_finite(state)
        assert_same(info.skipped, (np.arange(30) == 10) & (name != "nan"))
        assert_same(info.learnt, (np.arange(30) != 10) & (np.arange(30) >= max(delay, 1)))
        assert state.counters.unlabelled == int(name == "nan")


def test_a_bad_step_leaves_weights_optimizer_and_scales_as_they_were() -> None:
    learner = learner_of(dtype=np.float32, optimizer="adam", missing="skip")
    xs, ys = stream(12)
    state, _ = learner.run(start(learner), xs, ys)
    for x, y in (([np.nan, np.nan], [1.0]), ([np.inf, -np.inf], [1.0]), ([0.3, 1.0], [1e30])):
        before = copied(state)
        state, info = learner.step(state, x, y)
        assert info.skipped
        assert_same(state.parameters, before.parameters)
        assert_same(state.optimizer, before.optimizer)
        still = "target_scale" if y == [1e30] else "input_scale"
        assert_same(getattr(state, still), getattr(before, still))
        assert differs(state.recurrent, before.recurrent)


def test_without_guards_clean_data_give_the_same_run() -> None:
    guarded, bare = learner_of(rule=RTRL()), learner_of(rule=RTRL(), guard=False)
    xs, ys = stream(20)
    first, info = guarded.run(start(guarded), xs, ys)
    second, bare_info = bare.run(start(bare), xs, ys)
    assert_close(first, second, 1e-10)
    np.testing.assert_allclose(info.prediction, bare_info.prediction, rtol=1e-10)


class Bursting(AbstractCell):
    """A cell whose state overflows at a large input, and is tame otherwise."""

    mix: jax.Array
    input_size: int = eqx.field(static=True, default=2)

    def init_state(self):
        return jnp.zeros_like(self.mix[0])

    def __call__(self, state_prev, x):
        return jnp.tanh(self.mix @ state_prev + x[0]) + jnp.exp(100 * x[1])


class Chaotic(AbstractCell):
    """A cell whose state stays small while its Jacobian is huge."""

    mix: jax.Array
    input_size: int = eqx.field(static=True, default=2)

    def init_state(self):
        return jnp.zeros_like(self.mix[0])

    def __call__(self, state_prev, x):
        return jnp.sin(1e60 * state_prev + self.mix @ x)


def wild(cell: type[AbstractCell], **options) -> Learner:
    mix = jnp.asarray(np.random.default_rng(0).normal(size=(2, 2)))
    return Learner(cell(mix), scale=Unscaled(), optimizer="sgd", **options)


@pytest.mark.parametrize("delay", [left(0), 2])
@pytest.mark.parametrize("rule", [left(Immediate()), left(RTRL()), TBPTT(4)], ids=str)
def test_a_state_that_overflows_starts_afresh_and_is_counted(rule, delay) -> None:
    learner = wild(Bursting, rule=rule, delay=delay, learning_rate=0.01)
    xs, ys = stream(30)
    xs[:, 1] = -1.0
    xs[12, 1] = 8.0
    state, info = learner.run(start(learner), xs[:12], ys[:12])
    state, burst = learner.run(state, xs[12:14], ys[12:14])
    np.testing.assert_array_equal(burst.skipped, [True, False])
    state, after = learner.run(state, xs[14:], ys[14:])
    assert all_finite([state.parameters, state.recurrent, state.carry, state.optimizer])
    assert state.counters.skipped == 1
    learnt = np.concatenate([info.learnt, burst.learnt, after.learnt])
    np.testing.assert_array_equal(learnt, (np.arange(30) != 12 + delay) & (np.arange(30) >= delay))


def test_an_influence_that_overflows_starts_afresh_and_is_counted() -> None:
    learner = wild(Chaotic, rule=RTRL(), learning_rate={"cell": 0.0, "readout": 0.01})
    xs, ys = stream(30)
    state, info = learner.run(start(learner), xs, ys)
    assert all_finite(state)
    assert 3 < info.skipped.sum() < 20
    np.testing.assert_array_equal(info.learnt, ~np.asarray(info.skipped))
    assert info.learnt[-5:].any()
    assert int(state.counters.skipped) == info.skipped.sum()
    calm = wild(Chaotic, rule=Immediate(), learning_rate={"cell": 0.0, "readout": 0.01})
    _, info = calm.run(start(calm), xs, ys)
    assert not info.skipped.any()
