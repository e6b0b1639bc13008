"""Gradients of several rules along one trajectory with frozen weights, beside a shadow's."""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward._checks import check_kind
from onward._typing import Array, Float, Gradients
from onward.algebra import materialise
from onward.cost import budget
from onward.diagnose.trajectory import record
from onward.learning import admission, updates
from onward.learning.learner import Learner
from onward.learning.parts import Parts
from onward.learning.state import LearnerState, Sample
from onward.learning.trajectory import Trajectory
from onward.rules import AbstractRule


class Products(NamedTuple):
    """Inner products of the cell's gradients; zero where a sample has no label.

    Attributes:
        across: of each rule's gradient with the shadow's.
        rules: of each rule's gradient with itself.
        shadow: of the shadow's with itself.
    """

    across: Float[np.ndarray, "T rules"]
    rules: Float[np.ndarray, "T rules"]
    shadow: Float[np.ndarray, "T"]

    @property
    def cosine(self) -> Float[np.ndarray, "T rules"]:
        """Of the angle between the two gradients of a sample; NaN where one is zero."""
        return divided(self.across, np.sqrt(self.rules * self.shadow[:, None]))

    @property
    def norm_ratio(self) -> Float[np.ndarray, "T rules"]:
        """The rule's norm by the shadow's; NaN where the shadow's is zero."""
        return divided(np.sqrt(self.rules), np.sqrt(self.shadow)[:, None])

    def total(self, first: int = 0) -> "Products":
        """The same of all gradients from sample `first` on as one long vector, T = 1."""
        return Products(
            self.across[first:].sum(axis=0, keepdims=True),
            self.rules[first:].sum(axis=0, keepdims=True),
            self.shadow[first:].sum(axis=0, keepdims=True),
        )


def divided(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """The quotient, NaN where the divisor is zero."""
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)


def products(
    learner: Learner,
    state: LearnerState,
    xs: Any,
    ys: Any,
    rules: Sequence[AbstractRule],
    shadow: AbstractRule,
    seed: int = 0,
) -> Products:
    """Let the rules follow the same trajectory and compare what each would teach the cell.

    The gradient is the cell's whole one, as the weights feel it: through the output plus the
    rule's. Carries start empty with the stretch: "exact" is with respect to the weights' part
    in the stretch, from a given first state.

    Raises:
        ImpossiblePairError: a rule gives no credit on this cell.
        MemoryBudgetError: the carries would not fit into the free memory.
        ValueError: a rule that does not train the cell, and what `record` refuses.
    """
    check_kind("learner", learner, Learner, "onward.Learner(cell)")
    if not isinstance(rules, Sequence):
        raise ValueError(f"Expected rules as a list; got {rules!r}. Try [Immediate()].")
    followed = (*rules, shadow)
    for rule in followed:
        admission.refuse_rule(rule)
        rule.refuse(learner.cell)
        if "cell" not in rule.trains:
            raise ValueError(
                f"Expected rules that give the cell a gradient; got {type(rule).__name__}. "
                "Try Immediate()."
            )
    _refuse_if_too_large(learner, followed)
    trajectory = record(learner, state, xs, ys)
    walked = tuple(dataclasses.replace(learner.parts, rule=rule) for rule in followed)
    key = jax.random.key(seed)
    across, squares = map(np.asarray, _walk(walked, state.parameters, trajectory, key))
    return Products(across[:, :-1], squares[:, :-1], squares[:, -1])


def _refuse_if_too_large(learner: Learner, rules: Sequence[AbstractRule]) -> None:
    cell = learner.cell
    state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
    budget.refuse_if_too_large(
        {
            f"what {type(rule).__name__} carries, now and next": 2
            * budget.counted_bytes(
                eqx.filter_eval_shape(rule.init, cell, state, x, jax.random.key(0))
            )
            for rule in rules
        },
        "a smaller hidden size, which has the same structure at a fraction of the memory",
    )


@partial(jax.jit, static_argnums=0)
def _walk(
    followed: tuple[Parts, ...], parameters: dict[str, Any], trajectory: Trajectory, key: Array
) -> tuple[Array, Array]:
    """⟨g_r, g_shadow⟩ and ⟨g_r, g_r⟩ of each rule r at each sample, shapes (T, rules + 1)."""
    cell, _ = followed[0].model(parameters)

    def one(carries: tuple[Any, ...], sample: Trajectory) -> tuple[Any, tuple[Array, Array]]:
        walked = [
            gradient(parts, parameters, carry, sample)
            for parts, carry in zip(followed, carries, strict=True)
        ]
        vectors = [flat(found["cell"]) for _, found in walked]
        across = jnp.stack([jnp.vdot(vector, vectors[-1]) for vector in vectors])
        squares = jnp.stack([jnp.vdot(vector, vector) for vector in vectors])
        return tuple(carry for carry, _ in walked), (across, squares)

    first = jax.tree.map(lambda leaf: leaf[0], trajectory)
    start = tuple(parts.rule.init(cell, first.states_prev, first.xs, key) for parts in followed)
    return jax.lax.scan(one, start, trajectory)[1]


def gradient(
    parts: Parts, parameters: dict[str, Any], carry: Any, sample: Trajectory
) -> tuple[Any, dict[str, Gradients]]:
    """The carry after one sample of a trajectory, and the gradients that its label gives."""
    cell, _ = parts.model(parameters)
    if sample.start is not None:
        key = jax.random.key(0)
        fresh = lambda: parts.rule.init(cell, sample.states_prev, sample.xs, key)  # noqa: E731
        carry = jax.lax.cond(sample.start, fresh, lambda: carry)
    carry = parts.rule.advance(cell, carry, sample.states_prev, sample.xs)
    due = Sample(sample.xs, sample.states, carry, jnp.asarray(True))
    found = updates.gradients(parts, parameters, due, sample.targets, sample.known, sample.weight)
    carry = updates.adapt(parts, cell, carry, due, found.signal, jnp.any(sample.known))
    return carry, {part: materialise(one) for part, one in found.gradients.items()}


def flat(gradients: Gradients) -> Float[Array, " p"]:
    """A tree of gradients as one vector."""
    return jnp.concatenate([jnp.ravel(leaf) for leaf in jax.tree.leaves(gradients)])
