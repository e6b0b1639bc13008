"""The laws of a rule on a cell."""

from typing import Any, NamedTuple, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from onward._checks import check_kind
from onward._typing import Array, Float, Gradients, PRNGKeyArray, State
from onward.algebra import materialise
from onward.cells import AbstractCell
from onward.rules import AbstractRule
from onward.rules.base import Carry, Exactness
from onward.testing.base import at_random, expect, inputs, tolerance

STEPS, TARGETS, KEYS = 12, 2, 256
# A biased gradient is at least this far from the true one, and no rounding is.
APART = 1e-3


def check_rule(rule: AbstractRule, cell: AbstractCell, seed: int = 0, xs: Any = None) -> None:
    """Check that a rule is on a cell what it says: use it in a test, on a cell of a few units.

    - Equal rules are equal and hash alike, so that they share compiled steps.
    - `advance` keeps the carry's structure, shapes and dtypes; `credit` has the parameters'.
    - The exactness stated is the one measured, over 12 random samples at random frozen weights,
      against backpropagation through the whole past at each: "exact" agrees to 1e-10 in double
      precision (`jax.config.update("jax_enable_x64", True)`), to 1e-3 without; "biased" differs;
      "unbiased" differs for one key, and agrees in the mean over 256 within 4 standard errors.

    Args:
        rule: with its settings.
        cell: of a few units; its weights play no part.
        seed: draws weights, samples, and what the rule draws.
        xs: inputs in place of the 12 random ones, one row a step, shape (steps, input_size); for
            a cell that reads symbols, say.

    Raises:
        AssertionError: what was expected, what came, and what to try.
        ImpossiblePairError: the rule gives no credit on this cell.
        ValueError: no rule, no cell, or `xs` that do not fit the cell.
    """
    check_kind("rule", rule, AbstractRule, "check_rule(onward.RTRL(), cell)")
    check_kind("cell", cell, AbstractCell, "check_rule(rule, onward.GRU(3, 4, key=key))")
    given = None if xs is None else inputs(cell, xs, least=2)
    stated = rule.exactness(cell)
    expect(
        stated in get_args(Exactness),
        f"Expected exactness of {rule} among {', '.join(get_args(Exactness))}; got {stated!r}. "
        "Try 'biased'.",
    )
    _check_equality(rule)
    _check_shapes(rule, cell)
    task = _task(at_random(cell, seed), seed + 1, given)
    true = np.asarray(eqx.filter_jit(_true_gradients)(task))
    first = np.asarray(eqx.filter_jit(_gradients)(rule, task, jax.random.key(seed)))
    name, far = f"{rule} on {type(cell).__name__}", _relative(first, true)
    if stated == "exact":
        worst = max(_relative(found, whole) for found, whole in zip(first, true, strict=True))
        expect(
            worst <= tolerance(),
            f"Expected the gradient of {name} to be exact, as stated; got a relative difference "
            f"of {worst:.1e} from backpropagation. Try exactness 'biased', or check_cell first.",
        )
        return
    expect(
        far > APART,
        f"Expected the gradient of {name} to be {stated}, as stated; got backpropagation's to "
        f"{far:.1e}. Try exactness 'exact'.",
    )
    if stated == "unbiased":
        mean, error = _over_keys(rule, task, seed)
        off = float(np.linalg.norm(mean - true))
        expect(
            off <= 4 * error + tolerance() * float(np.linalg.norm(true)),
            f"Expected the gradient of {name} to be unbiased, as stated; got a mean over {KEYS} "
            f"keys that is {off:.1e} off, and a standard error of {error:.1e}. Try exactness "
            "'biased'.",
        )


def _check_equality(rule: AbstractRule) -> None:
    again = jax.tree.unflatten(jax.tree.structure(rule), jax.tree.leaves(rule))
    try:
        same = bool(again == rule) and hash(again) == hash(rule)
    except TypeError:
        same = False
    expect(
        same,
        f"Expected a rule with the settings of {rule} to be equal and to hash alike; got one that "
        "does not. Try fields that are numbers, strings or tuples, with eqx.field(static=True).",
    )


def _check_shapes(rule: AbstractRule, cell: AbstractCell) -> None:
    state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)

    def carries(key: PRNGKeyArray) -> tuple[Carry, Carry]:
        first = rule.init(cell, state, x, key)
        return first, rule.advance(cell, first, state, x)

    first, after = jax.eval_shape(carries, jax.random.key(0))
    expect(
        first == after,
        f"Expected advance of {rule} to keep the carry {first}; got {after}. Try making the "
        "first carry of the shapes and dtypes that advance returns.",
    )

    def credited(key: PRNGKeyArray) -> Gradients:
        return materialise(rule.credit(cell, carries(key)[1], state))

    credit, shapes = jax.eval_shape(credited, jax.random.key(0)), jax.eval_shape(cell.parameters)
    expect(
        credit == shapes,
        f"Expected credit of {rule} shaped like the parameters, {shapes}; got {credit}. Try a "
        "tree of the cell's own type.",
    )


class Task(NamedTuple):
    """A cell with frozen weights, a few random samples and a fixed readout."""

    cell: AbstractCell
    xs: Float[Array, "T m"]
    ys: Float[Array, "T targets"]
    weight: Float[Array, "targets features"]

    def loss(self, cell: AbstractCell, state: State, x: Array, y: Array) -> Float[Array, ""]:
        """Half the squared error of the readout."""
        return 0.5 * jnp.sum((self.weight @ cell.emit(state, x) - y) ** 2)


def _task(cell: AbstractCell, seed: int, given: np.ndarray | None) -> Task:
    random = np.random.default_rng(seed)
    state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
    emitted = jax.eval_shape(cell.emit, state, x).shape[0]
    xs = random.normal(size=(STEPS, cell.input_size)) if given is None else given
    drawn = (random.normal(size=shape) for shape in ((len(xs), TARGETS), (TARGETS, emitted)))
    return Task(cell, *(jnp.asarray(part, cell.dtype) for part in (xs, *drawn)))


def _true_gradients(task: Task) -> Float[Array, "T p"]:
    """dL_t/dθ for each t by backpropagation through the whole past."""
    arrays, rest = eqx.partition(task.cell, eqx.is_inexact_array)
    theta, unflatten = ravel_pytree(arrays)

    def losses(theta: Array) -> Array:
        cell = eqx.combine(unflatten(theta), rest)

        def step(state: State, sample: tuple[Array, Array]) -> tuple[State, Array]:
            state = cell(state, sample[0])
            return state, task.loss(cell, state, *sample)

        return jax.lax.scan(step, cell.init_state(), (task.xs, task.ys))[1]

    return jax.jacrev(losses)(theta)


def _gradients(rule: AbstractRule, task: Task, key: PRNGKeyArray) -> Float[Array, "T p"]:
    """dL_t/dθ for each t as the rule gives it: through the output, plus its credit."""
    arrays, rest = eqx.partition(task.cell, eqx.is_inexact_array)
    start = task.cell.init_state()

    def loss(arrays: AbstractCell, state: State, x: Array, y: Array) -> Array:
        return task.loss(eqx.combine(arrays, rest), state, x, y)

    def step(carried: tuple[State, Carry], sample: tuple[Array, Array]) -> tuple[Any, Array]:
        state_prev, carry = carried
        state = task.cell(state_prev, sample[0])
        carry = rule.advance(task.cell, carry, state_prev, sample[0])
        direct, signal = jax.grad(loss, (0, 1))(arrays, state, *sample)
        through = materialise(rule.credit(task.cell, carry, signal))
        return (state, carry), ravel_pytree(jax.tree.map(jnp.add, direct, through))[0]

    first = rule.init(task.cell, start, jnp.zeros_like(task.xs[0]), key)
    return jax.lax.scan(step, (start, first), (task.xs, task.ys))[1]


def _over_keys(rule: AbstractRule, task: Task, seed: int) -> tuple[np.ndarray, float]:
    """The mean of a rule's gradients over keys, and its standard error in the same norm."""
    keys = jax.random.split(jax.random.key(seed), KEYS)
    every = eqx.filter_jit(eqx.filter_vmap(lambda key: _gradients(rule, task, key)))
    found = np.asarray(every(keys))
    return found.mean(axis=0), float(np.sqrt(np.sum(np.var(found, axis=0)) / KEYS))


def _relative(found: np.ndarray, true: np.ndarray) -> float:
    return float(np.linalg.norm(found - true) / np.linalg.norm(true))
