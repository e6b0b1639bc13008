"""Closed forms of the structured and the learning rules, by loops over dense J_t and B_t."""

from typing import NamedTuple

import jax
import numpy as np
from jax.flatten_util import ravel_pytree

from onward import DNI, AbstractGatedCell, KeRNL
from onward.algebra import Local
from oracles import Case, jit


class Declared(NamedTuple):
    """What a cell says of its structure; that it is true is tested with the cells."""

    unitwise: bool
    local: bool
    pattern: np.ndarray


def declared(case: Case) -> Declared:
    cell, x = case.cell, case.task.xs[0]
    jacobian = cell.jacobian(cell.init_state(), x)
    immediate = jax.eval_shape(cell.immediate, cell.init_state(), x)
    return Declared(jacobian.unitwise, isinstance(immediate, Local), np.asarray(jacobian.pattern()))


def units_of(case: Case) -> int:
    """Units of a cell whose slots are its state's leaves, of a unit each."""
    return jax.tree.leaves(case.cell.init_state())[0].size


def within_units(case: Case) -> np.ndarray:
    """J_t without what passes from unit to unit, (T, N, N)."""
    if declared(case).unitwise:
        return case.linear.jacobian
    unit = np.arange(case.linear.jacobian.shape[1]) % units_of(case)
    return case.linear.jacobian * (unit[:, None] == unit)


def beside_matrices(case: Case) -> np.ndarray:
    """J_t at fixed R h_{t-1}, (T, N, N); a cell without gates has nothing beside R h."""
    linear, cell = case.linear, case.cell
    if declared(case).unitwise:
        return linear.jacobian
    if not isinstance(cell, AbstractGatedCell):
        return np.zeros_like(linear.jacobian)
    unflatten = ravel_pytree(cell.init_state())[1]

    def one(state_prev, x):
        product = cell.recurrent @ jax.tree.leaves(unflatten(state_prev))[0]
        gate = lambda vector: cell.gate(product, cell.input @ x, unflatten(vector))  # noqa: E731
        return jax.jacfwd(lambda vector: ravel_pytree(gate(vector))[0])(state_prev)

    return np.asarray(jit(jax.vmap(one))(vectors(linear.states_prev), case.task.xs))


def reached(order: int, case: Case) -> np.ndarray:
    """P_t = M ∘ (J_t P_{t-1}) + B_t, M what `order - 1` steps reach from each unit's slots."""
    linear, said = case.linear, declared(case)
    if said.unitwise or not said.local:
        return linear.propagated(linear.jacobian)
    moved = np.any(linear.immediate != 0, axis=0)
    units = units_of(case)
    slots = moved.shape[0] // units
    mask = np.tile(moved.reshape(slots, units, -1).any(axis=0), (slots, 1))
    for _ in range(order - 1):
        mask = mask | (said.pattern @ mask)
    influence, found = np.zeros_like(linear.immediate[0]), []
    for jacobian, immediate in zip(linear.jacobian, linear.immediate, strict=True):
        influence = mask * (jacobian @ influence) + immediate
        found.append(influence)
    return np.stack(found)


def vectors(states) -> np.ndarray:
    """States at each step as vectors, (T, N)."""
    return np.concatenate(
        [np.reshape(leaf, (len(leaf), -1)) for leaf in jax.tree.leaves(states)], 1
    )


def synthetic(rule: DNI, case: Case) -> np.ndarray:
    """The credit of a linear prediction of signals to come, learnt from one step to the next."""
    linear = case.linear
    one = np.ones((len(linear.signal), 1))
    before = np.concatenate([vectors(linear.states_prev), one], axis=1)
    after = np.concatenate([vectors(linear.states), one], axis=1)
    predictor, credit = np.zeros((linear.signal.shape[1], before.shape[1])), []
    for t, signal in enumerate(linear.signal):
        total = signal + predictor @ after[t]
        credit.append(total @ linear.immediate[t])
        miss = predictor @ before[t] - total @ linear.jacobian[t]
        predictor -= rule.learning_rate * np.outer(miss, before[t]) / (before[t] @ before[t])
    return np.stack(credit)


def kernel_credit(rule: KeRNL, case: Case) -> np.ndarray:
    """The credit of a sensitivity kernel that is learnt from a perturbed twin."""
    linear, cell = case.linear, case.cell
    vector, unflatten = ravel_pytree(cell.init_state())
    move = jit(lambda state, x: ravel_pytree(cell(unflatten(state), x))[0])
    size, twin, key = len(vector), np.asarray(vector), jax.random.key(0)
    kernel, rate = np.eye(size), np.full(size, -np.log(rule.decay))
    response, slope, trace = np.zeros(size), np.zeros(size), np.zeros_like(linear.immediate[0])
    credit = []
    for t, state in enumerate(vectors(linear.states)):
        key, draw = jax.random.split(key)
        noise = np.asarray(jax.random.normal(draw, (size,), np.float64))
        twin = np.asarray(move(twin, case.task.xs[t])) + rule.noise * noise
        decay = np.exp(-rate)
        slope = decay * (slope - response)
        response = decay * response + noise
        trace = decay[:, None] * trace + linear.immediate[t]
        stray = (twin - state) / rule.noise
        credible = float(np.abs(stray).max() < 100)
        miss = credible * (kernel @ response - stray)
        step = rule.learning_rate / (1 + response @ response)
        rate = np.maximum(rate - step * (kernel.T @ miss) * slope, 1e-3)
        kernel = kernel - step * np.outer(miss, response)
        if not credible:
            twin, response, slope = state, 0 * response, 0 * slope
        credit.append((linear.signal[t] @ kernel) @ trace)
    return np.stack(credit)
