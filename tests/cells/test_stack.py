"""Layers on top of each other: what is exact, what local credit keeps, and what is refused."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from catalogue import INPUTS, make_cell, random_cell
from onward import GRU, LRU, RNN, RTRL, LinearAttention, SketchedRTRL, SnAp, SparseRTRL, Stack
from onward.algebra import Local, Spatial, Triangular, materialise
from oracles import jit, per_step_gradient, relative, task_for

STEPS, KEY = 9, jax.random.key(0)


def layers_of(*factories, units: int = 3):
    size, layers = INPUTS, []
    for seed, factory in enumerate(factories):
        sized = lambda inputs, _, make=factory, **given: make(inputs, units, **given)  # noqa: E731
        layers.append(random_cell(sized, seed, inputs=size))
        size = layers[-1].emit(layers[-1].init_state(), jnp.zeros(size)).size
    return layers


def credited(cell, task, rule=None):
    """dL_t/dθ by a rule with frozen weights, straight and through the state, (T, p)."""
    rule = rule or RTRL()

    def step(carried, sample):
        state, carry = carried
        x, y = sample
        carry = rule.advance(cell, carry, state, x)
        state = cell(state, x)
        arrays, rest = eqx.partition(cell, eqx.is_inexact_array)

        def loss(arrays, state):
            return task.loss(eqx.combine(arrays, rest), state, x, y)

        direct, signal = jax.grad(loss, (0, 1))(arrays, state)
        through = materialise(rule.credit(cell, carry, signal))
        total = jax.tree.map(jnp.add, direct, through)
        return (state, carry), ravel_pytree(total)[0]

    start = cell.init_state()
    carry = rule.init(cell, start, jnp.zeros(INPUTS), jax.random.key(0))
    return np.asarray(jit(lambda *xs: jax.lax.scan(step, *xs)[1])((start, carry), task[:2]))


def layer_slices(cell) -> list[slice]:
    sizes = [ravel_pytree(layer.parameters())[0].size for layer in cell.layers]
    ends = np.cumsum(sizes)
    return [slice(end - size, end) for size, end in zip(sizes, ends, strict=True)]


@pytest.mark.matrix
def test_exact_credit_through_three_layers_is_that_of_the_whole_past() -> None:
    cell = Stack(layers_of(GRU, LRU, RNN))
    task = task_for(cell, STEPS)
    assert relative(credited(cell, task), per_step_gradient(cell, task)) < 1e-10
    assert RTRL().exactness(cell) == "exact"


@pytest.mark.matrix
def test_local_credit_is_exact_in_the_top_layer_and_biased_below() -> None:
    cell = Stack(layers_of(LRU, LinearAttention, GRU), credit="local")
    task = task_for(cell, STEPS)
    found, expected = credited(cell, task), per_step_gradient(cell, task)
    *below, top = layer_slices(cell)
    assert relative(found[:, top], expected[:, top]) < 1e-10
    for layer in below:
        assert relative(found[:, layer], expected[:, layer]) > 1e-3
    assert RTRL().exactness(cell) == "biased"


class LayerAlone:
    """One layer of a stack as a function of its own parameters and state, in vectors."""

    def __init__(self, cell, index: int):
        self.cell, self.index, layer = cell, index, cell.layers[index]
        self.theta, self.rebuild = ravel_pytree(layer.parameters())
        self.rest = eqx.filter(layer, eqx.is_inexact_array, inverse=True)
        self.unflatten = ravel_pytree(layer.init_state())[1]
        self.kept = np.zeros((ravel_pytree(layer.init_state())[0].size, self.theta.size))

    def move(self, theta, flat, u):
        layer = eqx.combine(self.rebuild(theta), self.rest)
        return ravel_pytree(layer(self.unflatten(flat), u))[0]

    def slopes(self, states, new, u, above):
        """Of the new state by the one before and by θ; of the loss by θ and by the new state.

        `above(layer, own)` is the loss as a function of this layer and its new state.
        """
        flat, own = (ravel_pytree(state[self.index])[0] for state in (states, new))

        def loss(theta, own):
            return above(eqx.combine(self.rebuild(theta), self.rest), self.unflatten(own))

        jacobian = jax.jacfwd(self.move, 1)(self.theta, flat, u)
        immediate = jax.jacrev(self.move)(self.theta, flat, u)
        return jacobian, immediate, *jax.grad(loss, (0, 1))(self.theta, own)

    def gradient(self, jacobian, immediate, direct, signal) -> np.ndarray:
        """What it keeps, one step on, times the slope of the loss by its state."""
        self.kept = np.asarray(jacobian) @ self.kept + np.asarray(immediate)
        return np.asarray(direct) + np.asarray(signal) @ self.kept


def loss_above(cell, task, index, states, u, y):
    """The loss as a function of a layer and its new state, straight up within the step."""

    def loss(layer, own):
        passed = layer.emit(own, u)
        for upper, state in zip(cell.layers[index + 1 :], states[index + 1 :], strict=True):
            passed = upper.emit(upper(state, passed), passed)
        return 0.5 * jnp.sum((task.weight @ passed - y) ** 2)

    return loss


def test_with_local_credit_no_rule_says_exact() -> None:
    cell = Stack(layers_of(GRU, GRU), credit="local")
    size = ravel_pytree(cell.init_state())[0].size
    for rule in (RTRL(), SparseRTRL(size), SnAp(1), SnAp(size), SketchedRTRL(size)):
        assert rule.exactness(cell) == "biased", rule


def test_local_credit_is_each_layers_own_influence_and_backpropagation_within_the_step() -> None:
    """Layer by layer in numpy: what a layer keeps, times the slope of the loss by its state."""
    cell = Stack(layers_of(LRU, LinearAttention, GRU), credit="local")
    task = task_for(cell, STEPS)
    found, states = credited(cell, task), cell.init_state()
    alone = [LayerAlone(cell, index) for index in range(3)]

    @jit
    def taken_apart(states, x, y):
        new, u, slopes = cell(states, x), x, []
        for index, layer in enumerate(cell.layers):
            above = loss_above(cell, task, index, states, u, y)
            slopes.append(alone[index].slopes(states, new, u, above))
            u = layer.emit(new[index], u)
        return new, slopes

    for t, (x, y) in enumerate(zip(task.xs, task.ys, strict=True)):
        states, slopes = taken_apart(states, x, y)
        gradients = [layer.gradient(*own) for layer, own in zip(alone, slopes, strict=True)]
        np.testing.assert_allclose(found[t], np.concatenate(gradients), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("credit", [pytest.param("exact", marks=pytest.mark.matrix), "local"])
def test_one_layer_is_the_cell_alone(credit) -> None:
    (layer,) = layers_of(GRU)
    task = task_for(layer, STEPS)
    np.testing.assert_allclose(
        credited(Stack([layer], credit), task), credited(layer, task), rtol=1e-11, atol=1e-13
    )


def test_diagonal_layers_keep_their_parameter_shaped_influence() -> None:
    layers = layers_of(LRU, LRU)
    start = lambda cell: RTRL().init(cell, cell.init_state(), jnp.zeros(INPUTS), KEY)  # noqa: E731
    count = lambda tree: sum(leaf.size for leaf in jax.tree.leaves(tree))  # noqa: E731
    alone = sum(
        count(layer.immediate(layer.init_state(), jnp.zeros(layer.input_size))) for layer in layers
    )
    local, exact = start(Stack(layers, "local")), start(Stack(layers))
    assert isinstance(local, Spatial) and isinstance(exact, Triangular)
    assert all(isinstance(leaf, Local) for leaf in local.leaves)
    # Besides it the matrix between the two states, and above it the lower layer's whole rows.
    assert count(local) == alone + 6 * 6
    assert count(exact) == alone + 6 * count(layers[0].parameters())


def test_layers_that_do_not_fit_are_refused(untyped) -> None:
    lower, upper = RNN(2, 3, key=jax.random.key(0)), RNN(4, 3, key=jax.random.key(0))
    message = r"^Expected layer 1 to have input_size=3, what layer 0 emits; got 4\."
    with pytest.raises(ValueError, match=message):
        Stack([lower, upper])
    with pytest.raises(ValueError, match=r"^Expected at least one layer; got none"):
        Stack([])
    with pytest.raises(ValueError, match=r"^Expected credit to be 'exact' or 'local'; got 'no'"):
        Stack([lower], credit="no")


def test_make_cell_gives_stacks_of_the_sizes_that_fit() -> None:
    assert [layer.input_size for layer in make_cell("stack of three").layers] == [INPUTS, 6, 3]
