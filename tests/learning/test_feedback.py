"""Which label is fed back, shown by a cell whose state is its input."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward import AbstractCell, CrossEntropy, Learner, Unscaled

from .examples import assert_same, learner_of, start, stream


class Recorder(AbstractCell):
    """s_t = gain ∘ x_t."""

    gain: jax.Array
    input_size: int = eqx.field(static=True)

    def init_state(self):
        return jnp.zeros_like(self.gain)

    def __call__(self, state_prev, x):
        return self.gain * x


def recorded(ys: np.ndarray, width: int, **options) -> np.ndarray:
    """What the cell has been fed besides the two features, at each step."""
    cell = Recorder(jnp.ones(2 + width), 2 + width)
    learner = Learner(
        cell, ys.shape[1], feedback=True, scale=Unscaled(), optimizer="sgd", learning_rate=0.0,
        **options,
    )  # fmt: skip
    assert learner.features == 2
    xs, _ = stream(len(ys))
    state, seen = start(learner), []
    for x, y in zip(xs, ys, strict=True):
        state, _ = learner.step(state, x, y)
        seen.append(np.array(state.recurrent))
    np.testing.assert_array_equal(np.stack(seen)[:, :2], xs)
    return np.stack(seen)[:, 2:]


LABELS = np.array([[1.0, -1.0], [2, -2], [np.nan, -3], [4, np.nan], [np.inf, -5], [6, -6]])
# A missing entry keeps its last value; before the first label it stands at its mean, here 0.
ARRIVED = np.array([[1, -1], [2, -2], [2, -3], [4, -3], [4, -5], [6, -6]])


def test_at_once_it_is_the_label_of_the_sample_before() -> None:
    fed = recorded(LABELS, 2)
    np.testing.assert_array_equal(fed, np.concatenate([[[0, 0]], ARRIVED[:-1]]))


@pytest.mark.parametrize("delay", [left(1), 3])
def test_with_a_delay_it_is_the_label_that_arrives_with_the_sample(delay) -> None:
    np.testing.assert_array_equal(recorded(LABELS, 2, delay=delay), ARRIVED)


def test_a_class_is_fed_back_as_one_hot() -> None:
    classes = np.array([[2.0], [0], [np.nan], [7], [1]])
    fed = recorded(classes, 3, loss=CrossEntropy(3))
    np.testing.assert_array_equal(fed, [[0] * 3, [0, 0, 1], [1, 0, 0], [1, 0, 0], [1, 0, 0]])


def test_a_real_label_fed_back_is_predicted_again_at_first() -> None:
    learner = learner_of(targets=2, feedback=True, learning_rate=0.0, optimizer="sgd")
    xs, ys = stream(10, targets=2)
    _, info = learner.run(start(learner), xs, ys)
    np.testing.assert_allclose(info.prediction[1:], ys[:-1], rtol=1e-10)


@pytest.mark.parametrize(
    "options",
    [{}, left({"delay": 2}), left({"feedback": True}), {"feedback": True, "delay": 2}],
    ids=str,
)
def test_predict_is_what_the_step_predicts_and_consumes_nothing(options) -> None:
    learner = learner_of(**options)
    xs, ys = stream(8)
    state = start(learner)
    for x, y in zip(xs, ys, strict=True):
        peeked, again = learner.predict(state, x, y), learner.predict(state, x, y)
        assert_same(peeked, again)
        state, info = learner.step(state, x, y)
        np.testing.assert_allclose(peeked, info.prediction, rtol=1e-12)


def test_predict_without_the_label_is_a_step_with_which_none_arrives() -> None:
    """With delay and feedback a step reads the label that comes with it."""
    learner = learner_of(feedback=True, delay=1)
    xs, ys = stream(8)
    state, _ = learner.run(start(learner), xs[:7], ys[:7])
    peeked = learner.predict(state, xs[7])
    again, _ = learner.run(start(learner), xs[:7], ys[:7])
    _, without = learner.step(state, xs[7], [np.nan])
    _, informed = learner.step(again, xs[7], ys[7])
    np.testing.assert_allclose(peeked, without.prediction, rtol=1e-12)
    assert not np.allclose(peeked, informed.prediction, rtol=1e-3)


def test_a_burst_of_labels_is_carried_over_and_a_single_outlier_is_not() -> None:
    learner = learner_of(feedback=True, learning_rate=0.0)
    xs, ys = stream(203)
    ys[200:] = 1e4
    _, info = learner.run(start(learner), xs, ys)
    assert abs(info.prediction[201, 0]) < 100
    np.testing.assert_allclose(info.prediction[202, 0], 1e4, rtol=1e-2)
