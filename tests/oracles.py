"""What the gradients must be, by plain autodiff and numpy: nothing here uses a rule of ours."""

from functools import cache, partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from catalogue import INPUTS, STEPS, TARGETS, make_cell

# The oracles need correct code, not fast code, and compiling it is most of what they cost.
FAST_TO_COMPILE = {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False}
jit = partial(jax.jit, compiler_options=FAST_TO_COMPILE)


def rows(tree: Any, count: int) -> np.ndarray:
    """Leaves (count, *parameter) side by side, (count, p), in `ravel_pytree`'s order."""
    return np.concatenate([np.reshape(leaf, (count, -1)) for leaf in jax.tree.leaves(tree)], 1)


class Task(NamedTuple):
    """A short stream and a fixed readout of what a cell emits."""

    xs: jax.Array
    ys: jax.Array
    weight: jax.Array

    def loss(self, cell, state, x, y):
        return 0.5 * jnp.sum((self.weight @ cell.emit(state, x) - y) ** 2)


def task_for(cell, steps: int = STEPS) -> Task:
    random = np.random.default_rng(7)
    emitted = jax.eval_shape(cell.emit, cell.init_state(), np.zeros(INPUTS)).shape[0]
    shapes = ((steps, INPUTS), (steps, TARGETS), (TARGETS, emitted))
    return Task(*(jnp.asarray(random.normal(size=shape)) for shape in shapes))


def loss_at_each_step(cell, task: Task) -> jax.Array:
    """L_t(θ) with every step of the past a function of θ: what backpropagation sees."""

    def step(state, sample):
        state = cell(state, sample[0])
        return state, task.loss(cell, state, *sample)

    return jax.lax.scan(step, cell.init_state(), (task.xs, task.ys))[1]


def per_step_gradient(cell, task: Task) -> np.ndarray:
    """dL_t/dθ for each t by backpropagation through the whole past, (T, p)."""
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    losses = lambda arrays: loss_at_each_step(eqx.combine(arrays, rest), task)  # noqa: E731
    return rows(jit(jax.jacrev(losses))(arrays), len(task.xs))


def summed_gradient(cell, task: Task) -> np.ndarray:
    """d(Σ_t L_t)/dθ by backpropagation through the whole sequence, (p,)."""
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    total = lambda arrays: jnp.sum(loss_at_each_step(eqx.combine(arrays, rest), task))  # noqa: E731
    return np.asarray(ravel_pytree(jit(jax.grad(total))(arrays))[0])


def finite_differences(cell, task: Task, step: float = 1e-5) -> np.ndarray:
    """Central differences of every L_t of the whole sequence by every entry of θ, (T, p)."""
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    vector, unflatten = ravel_pytree(arrays)

    @jit
    @jax.vmap
    def losses(vector):
        return loss_at_each_step(eqx.combine(unflatten(vector), rest), task)

    vectors, moves = np.tile(vector, (vector.size, 1)), step * np.eye(vector.size)
    return np.asarray(losses(vectors + moves) - losses(vectors - moves)).T / (2 * step)


class Linearised(NamedTuple):
    """A trajectory taken apart, dense: the material of every rule's closed form.

    `jacobian[t]` = ds_t/ds_{t-1}, `immediate[t]` = ∂s_t/∂θ at fixed s_{t-1}, `signal[t]` =
    dL_t/ds_t, `direct[t]` = ∂L_t/∂θ at fixed s_t. Loops in numpy, in the order of the formulas.
    """

    states_prev: Any
    states: Any
    jacobian: np.ndarray
    immediate: np.ndarray
    signal: np.ndarray
    direct: np.ndarray

    def credit(self, influences: np.ndarray) -> np.ndarray:
        return np.einsum("ti,tip->tp", self.signal, influences)

    def propagated(self, jacobians: np.ndarray) -> np.ndarray:
        """P_t = J_t P_{t-1} + B_t with any sequence of Jacobians."""
        influence = np.zeros_like(self.immediate[0])
        found = []
        for jacobian, immediate in zip(jacobians, self.immediate, strict=True):
            influence = jacobian @ influence + immediate
            found.append(influence)
        return np.stack(found)

    def truncated(self, window: int) -> np.ndarray:
        """P_t = Σ_s J_t … J_{s+1} B_s over the last `window` steps s."""
        found = np.zeros_like(self.immediate)
        for t in range(len(found)):
            product = np.eye(self.jacobian.shape[1])
            for s in range(t, max(t - window, -1), -1):
                found[t] += product @ self.immediate[s]
                product = product @ self.jacobian[s]
        return found

    def sketched(self, rank: int) -> np.ndarray:
        """The best approximation of that rank to J_t P_{t-1} + B_t, at each step."""
        influence = np.zeros_like(self.immediate[0])
        found = []
        for jacobian, immediate in zip(self.jacobian, self.immediate, strict=True):
            left, values, right = np.linalg.svd(jacobian @ influence + immediate, False)
            influence = (left[:, :rank] * values[:rank]) @ right[:rank]
            found.append(influence)
        return np.stack(found)

    def randomised(self, signs: np.ndarray, guard: float = 1e-7) -> np.ndarray:
        """s_t ⊗ θ_t with s_t = ρ₀ J_t s_{t-1} + ρ₁ ν_t, θ_t = θ_{t-1} / ρ₀ + ν_tᵀB_t / ρ₁."""
        state, parameters = np.zeros_like(self.immediate[0, :, 0]), np.zeros_like(self.direct[0])
        found = []
        for jacobian, immediate, sign in zip(self.jacobian, self.immediate, signs, strict=True):
            pushed, added = jacobian @ state, sign @ immediate
            lengths = [np.linalg.norm(one) for one in (parameters, pushed, added, sign)]
            old = np.sqrt(lengths[0] / (lengths[1] + guard)) + guard
            new = np.sqrt(lengths[2] / (lengths[3] + guard)) + guard
            state, parameters = old * pushed + new * sign, parameters / old + added / new
            found.append(np.outer(state, parameters))
        return np.stack(found)

    def traced(self, decay: float) -> np.ndarray:
        """E_t = Σ_s λ^{t-s} B_s."""
        found = np.zeros_like(self.immediate)
        for t in range(len(found)):
            for s in range(t + 1):
                found[t] += decay ** (t - s) * self.immediate[s]
        return found


def linearise(cell, task: Task) -> Linearised:
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    start, unflatten_state = ravel_pytree(cell.init_state())
    theta, unflatten = ravel_pytree(arrays)

    def move(theta, state, x):
        cell = eqx.combine(unflatten(theta), rest)
        return ravel_pytree(cell(unflatten_state(state), x))[0]

    def loss(theta, state, x, y):
        cell = eqx.combine(unflatten(theta), rest)
        return task.loss(cell, unflatten_state(state), x, y)

    @jit
    def all_steps(xs, ys):
        visit = lambda state, x: (move(theta, state, x),) * 2  # noqa: E731
        states = jax.lax.scan(visit, start, xs)[1]
        states_prev = jnp.concatenate([start[None], states[:-1]])
        jacobian = jax.vmap(jax.jacfwd(move, 1), (None, 0, 0))(theta, states_prev, xs)
        immediate = jax.vmap(jax.jacrev(move), (None, 0, 0))(theta, states_prev, xs)
        slopes = jax.vmap(jax.grad(loss, (1, 0)), (None, 0, 0, 0))(theta, states, xs, ys)
        unflatten_all = jax.vmap(unflatten_state)
        return unflatten_all(states_prev), unflatten_all(states), jacobian, immediate, *slopes

    states_prev, states, *dense = all_steps(task.xs, task.ys)
    return Linearised(states_prev, states, *(np.asarray(part) for part in dense))


class Case(NamedTuple):
    """A cell of the catalogue on its task, with all that is known of it."""

    cell: Any
    task: Task
    linear: Linearised
    gradient: np.ndarray


@cache
def case_of(name: str) -> Case:
    cell = make_cell(name)
    task = task_for(cell)
    return Case(cell, task, linearise(cell, task), per_step_gradient(cell, task))


@cache
def slopes_of(name: str) -> np.ndarray:
    """Central differences for a cell of the catalogue on its task, (T, p)."""
    return finite_differences(case_of(name).cell, case_of(name).task)


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    """The relative difference of two arrays in the Frobenius norm."""
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))
