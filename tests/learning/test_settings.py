"""What a learner refuses, and the words in which it does."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import psutil
import pytest

from onward import (
    RNN,
    RTRL,
    CrossEntropy,
    Learner,
    MemoryBudgetError,
    Optimizer,
    Poisson,
    SparseRTRL,
)

from .examples import learner_of, start, stream

REFUSED = [
    ({"delay": -1}, r"^Expected delay to be an integer >= 0; got -1\. Try delay=0\.$"),
    ({"delay": True}, r"^Expected delay to be an integer >= 0; got True\. Try delay=0\.$"),
    ({"delay": 1.5}, r"^Expected delay to be an integer >= 0; got 1\.5\. Try delay=0\.$"),
    (
        {"optimizer": "nadam"},
        r"^Expected an optimizer among sgd, momentum, .*; got 'nadam'\. Try 'rmsprop'",
    ),
    ({"learning_rate": -1.0}, r"^Expected a finite learning rate >= 0; got -1\.0\. Try 0\.001, or"),
    ({"learning_rate": float("nan")}, r"^Expected a finite learning rate >= 0; got nan\."),
    (
        {"learning_rate": {"cell": float("inf")}},
        r"^Expected a finite learning rate >= 0 of group 'cell'; got inf\.",
    ),
    (
        {"learning_rate": {"cel": 0.1}},
        r"^Expected learning-rate groups that match a parameter; got 'cel'\. Try 'cell', "
        r"'readout' or one of cell\.bias, cell\.input, cell\.recurrent, readout\.bias, ",
    ),
    (
        {"loss": CrossEntropy(3), "targets": 2},
        r"^Expected one target, the class; got 2 targets\. Try",
    ),
]


@pytest.mark.parametrize(("options", "message"), REFUSED, ids=[str(row[0]) for row in REFUSED])
def test_wrong_settings_are_refused(options, message, untyped) -> None:
    with pytest.raises(ValueError, match=message):
        cell = RNN(2, 5, key=jax.random.key(0))
        Learner(cell, **{"optimizer": "rmsprop", **options})


def test_feedback_needs_inputs_for_the_label() -> None:
    message = (
        r"^Expected a cell whose input_size is the features plus 3 for feedback; got "
        r"input_size=2\. Try input_size=features \+ 3\.$"
    )
    with pytest.raises(ValueError, match=message):
        Learner(RNN(2, 5, key=jax.random.key(0)), 3, feedback=True)


def test_parameters_of_several_dtypes_are_refused(untyped) -> None:
    cell = RNN(2, 5, key=jax.random.key(0))
    mixed = eqx.tree_at(lambda cell: cell.bias, cell, jnp.zeros(5, jnp.float32))
    message = r"^Expected parameters of one real floating dtype; got float32, float64\. Try "
    with pytest.raises(ValueError, match=message):
        Learner(mixed)
    imaginary = jax.tree.map(lambda leaf: leaf.astype(jnp.complex128), cell)
    with pytest.raises(ValueError, match=r"one real floating dtype; got complex128\."):
        Learner(imaginary)
    weightless = jax.tree.map(lambda leaf: leaf.astype(jnp.int32), cell)
    with pytest.raises(ValueError, match=r"one real floating dtype; got none\."):
        Learner(weightless)


def test_samples_of_a_wrong_shape_are_refused() -> None:
    learner = learner_of(targets=2)
    xs, ys = stream(4, targets=2)
    state = start(learner)
    with pytest.raises(ValueError, match=r"^Expected x of shape \(2,\); got \(3,\)\. Try one"):
        learner.step(state, np.zeros(3), ys[0])
    with pytest.raises(ValueError, match=r"^Expected y of shape \(2,\); got \(\)\. Try one"):
        learner.step(state, xs[0], 1.0)
    with pytest.raises(ValueError, match=r"^Expected xs of shape \(T, 2\); got \(4, 3\)\. Try one"):
        learner.run(state, np.zeros((4, 3)), ys)
    with pytest.raises(ValueError, match=r"^Expected ys of shape \(4, 2\); got \(3, 2\)\. Try one"):
        learner.run(state, xs, ys[:3])
    with pytest.raises(ValueError, match=r"^Expected xs of shape \(T, 2\); got \(1, 3\)\. Try one"):
        learner.predict(state, np.zeros((1, 3)))
    learner.step(state, xs[0], ys[0])


def test_a_support_larger_than_the_state_is_refused_when_it_starts() -> None:
    with pytest.raises(ValueError, match=r"^Expected k <= 5, the size of the state; got k=9\."):
        start(learner_of(rule=SparseRTRL(9)))


def huge(key):
    """Exact RTRL over 20,000 units: weights of 3 GB, an influence of 64 TB."""
    return Learner(RNN(2, 20_000, key=key), rule=RTRL(), optimizer="sgd").init(key)


def test_what_cannot_fit_is_refused_with_figures() -> None:
    message = (
        r"^Expected at most .*, the free memory; got 128\.\d TB \(weights.* 6\.4 GB, what the "
        r"rule carries, now and next 128\.\d TB, expansions.* kB\)\. Try the Immediate rule, "
        r"SparseRTRL\("
    )
    with pytest.raises(MemoryBudgetError, match=message):
        jax.eval_shape(huge, jax.random.key(0))


def test_nothing_is_allocated_for_what_is_refused(monkeypatch) -> None:
    learner = Learner(RNN(2, 40, key=jax.random.key(0)), rule=RTRL(), optimizer="sgd", delay=7)
    make, traced = Learner.initial_state, []

    def spy(self, key):
        traced.append(isinstance(key, jax.core.Tracer))
        return make(self, key)

    class Free:
        available = 1_000_000

    monkeypatch.setattr(Learner, "initial_state", spy)
    monkeypatch.setattr(psutil, "virtual_memory", Free)
    message = r"late labels keep 3\.9 MB, .*\).* or a shorter delay\.$"
    with pytest.raises(MemoryBudgetError, match=message):
        learner.init(jax.random.key(0))
    assert traced == [True]
    Free.available = 10_000_000
    learner.init(jax.random.key(0))
    assert traced[-1] is False


def test_auto_asks_the_architectural_rule() -> None:
    for name, optimizer in (("rnn", "rmsprop"), ("lru", "sgd")):
        learner = learner_of(name, optimizer="auto", learning_rate=None)
        assert learner.parts.optimizer == Optimizer(optimizer)


@pytest.mark.matrix
def test_auto_normalises_gradients_that_grow_with_the_counts() -> None:
    """Plain descent by them takes the rate of large counts beyond all numbers."""
    learner = learner_of("lstm", optimizer="auto", learning_rate=None, loss=Poisson())
    xs, _ = stream(3000)
    counts = np.random.default_rng(0).poisson(500, (3000, 1)).astype(float)
    state, info = learner.run(start(learner), xs, counts)
    np.testing.assert_allclose(info.prediction[-500:].mean(), 500, rtol=0.1)
    assert int(state.counters.skipped) == 0


def test_default_rates_fall_with_the_number_of_inputs_above_500() -> None:
    def rate(inputs: int, **options) -> float:
        cell = RNN(inputs, 2, key=jax.random.key(0))
        learner = Learner(cell, optimizer="sgd", **options)
        return float(learner.init(jax.random.key(0)).learning_rates[""])

    assert rate(500) == rate(3) > 0
    assert rate(2000) == pytest.approx(rate(3) / 4)
    assert rate(2000, learning_rate=0.5) == 0.5
