"""The sLSTM in its three slots against the published recursions in four, and in three that grow."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from catalogue import INPUTS, UNITS
from oracles import case_of, jit, relative, rows

from .examples import material, sigmoid

STEPS = 30


def stream() -> np.ndarray:
    return np.random.default_rng(4).normal(size=(STEPS, INPUTS))


def stabilised(own, xs: np.ndarray, enter_bias: float = 0.0) -> np.ndarray:
    """h_t as published: all exponentials are taken after the stabiliser m is subtracted."""
    hidden, cell, weight = np.zeros((3, UNITS))
    # From zero it would outweigh a small first input, of which nothing would be left: 0 / 0.
    stabiliser = np.full(UNITS, -np.inf)
    found = []
    for x in xs:
        total = own.recurrent @ hidden + own.input @ x
        enter = total[0] + enter_bias
        forget, leave = sigmoid(total[1:3] + own.bias[:2])
        highest = np.maximum(np.log(forget) + stabiliser, enter)
        entering = np.exp(enter - highest)
        keeping = np.exp(np.log(forget) + stabiliser - highest)
        cell = keeping * cell + entering * np.tanh(total[3] + own.bias[2])
        weight = keeping * weight + entering
        hidden, stabiliser = leave * cell / weight, highest
        found.append(hidden)
    return np.stack(found)


def visited(cell, xs) -> np.ndarray:
    def step(state, x):
        state = cell(state, x)
        return state, state.hidden

    return np.asarray(jax.lax.scan(step, cell.init_state(), jnp.asarray(xs))[1])


def test_the_hidden_state_is_that_of_the_published_recursion() -> None:
    cell, own, *_ = material("slstm")
    np.testing.assert_allclose(visited(cell, stream()), stabilised(own, stream()), rtol=1e-11)


def test_a_bias_of_the_input_gate_would_not_be_seen() -> None:
    _, own, *_ = material("slstm")
    plain, biased = stabilised(own, stream()), stabilised(own, stream(), enter_bias=0.7)
    np.testing.assert_allclose(biased, plain, rtol=1e-10)


def test_input_gates_that_would_overflow_do_not() -> None:
    cell, own, *_ = material("slstm")
    steep = own.input.copy()
    steep[0] *= 2_000
    cell = eqx.tree_at(lambda cell: cell.input, cell, jnp.asarray(steep))
    own = eqx.tree_at(lambda own: own.input, own, steep)
    assert (steep[0] @ stream().T).max() > np.log(np.finfo(float).max)
    np.testing.assert_allclose(visited(cell, stream()), stabilised(own, stream()), rtol=1e-9)


def test_gradients_are_those_of_the_recursion_without_stabiliser() -> None:
    case = case_of("slstm")
    arrays, rest = eqx.partition(case.cell, eqx.is_inexact_array)

    def losses(arrays, normalised: bool):
        own = eqx.combine(arrays, rest)

        def step(state, sample):
            hidden, cell, weight = state
            x, y = sample
            total = own.recurrent @ hidden + own.input @ x
            forget, leave = jax.nn.sigmoid(total[1:3] + own.bias[:2])
            cell = forget * cell + jnp.exp(total[0]) * jnp.tanh(total[3] + own.bias[2])
            weight = forget * weight + jnp.exp(total[0]) if normalised else jnp.ones(UNITS)
            hidden = leave * cell / weight
            return (hidden, cell, weight), 0.5 * jnp.sum((case.task.weight @ hidden - y) ** 2)

        start = (jnp.zeros(UNITS),) * 3
        return jax.lax.scan(step, start, (case.task.xs, case.task.ys))[1]

    found = rows(jit(jax.jacrev(lambda arrays: losses(arrays, True)))(arrays), len(case.gradient))
    assert relative(found, case.gradient) < 1e-10
    other = rows(jit(jax.jacrev(lambda arrays: losses(arrays, False)))(arrays), len(case.gradient))
    assert relative(other, case.gradient) > 1e-2


def test_the_memory_is_all_but_the_hidden_slot() -> None:
    cell, *_ = material("slstm")
    state = cell.init_state()
    assert cell.memory(state) == (state.mean, state.log_weight)
    np.testing.assert_array_equal(cell.emit(state, jnp.zeros(INPUTS)), state.hidden)
