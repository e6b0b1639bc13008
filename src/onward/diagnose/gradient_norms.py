"""How large the gradient of each group of parameters is."""

import dataclasses
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from onward._checks import check_kind
from onward._trees import names
from onward._typing import Array, Float, Int
from onward.diagnose.shadow import gradient
from onward.diagnose.trajectory import record
from onward.learning import admission
from onward.learning.learner import Learner
from onward.learning.parts import Parts
from onward.learning.state import LearnerState
from onward.learning.trajectory import Trajectory
from onward.rules import AbstractRule


class GradientNorms(NamedTuple):
    """Norms of the gradient by group of parameters.

    Attributes:
        groups: dotted paths of the parameters, as in learning rates: "cell.recurrent", ...
        sizes: parameters in each group.
        norms: |g| of each group at each sample; NaN without a label.
    """

    groups: tuple[str, ...]
    sizes: Int[np.ndarray, " groups"]
    norms: Float[np.ndarray, "T groups"]

    @property
    def typical(self) -> Float[np.ndarray, " groups"]:
        """The root mean square of a single parameter's gradient in each group."""
        return np.sqrt(np.nanmean(self.norms**2, axis=0) / self.sizes)


def gradient_norms(
    learner: Learner,
    state: LearnerState,
    xs: Any,
    ys: Any,
    rule: AbstractRule | None = None,
    seed: int = 0,
) -> GradientNorms:
    """Measure the gradients of a rule along a stretch, with frozen weights.

    Where the groups' typical gradients lie orders of magnitude apart, one plain learning rate
    cannot serve all of them, and second-moment normalisation can. Shalev Merin (2026), arXiv
    2603.28750, claim B4.

    Args:
        learner: its cell, readout and loss.
        state: what it has learnt so far; neither consumed nor moved.
        xs: features, shape (T, features).
        ys: labels in order of arrival, shape (T, targets).
        rule: whose gradient; the learner's own if not given.
        seed: of what the rule draws.

    Raises:
        ImpossiblePairError: the rule gives no credit on this cell.
        ValueError: a rule that trains nothing, and what `record` refuses.
    """
    check_kind("learner", learner, Learner, "onward.Learner(cell)")
    rule = learner.parts.rule if rule is None else rule
    admission.refuse_rule(rule)
    parts = dataclasses.replace(learner.parts, rule=rule)
    parts.rule.refuse(learner.cell)
    if not parts.rule.trains:
        raise ValueError(
            f"Expected a rule that trains something; got {type(parts.rule).__name__}. "
            "Try Immediate()."
        )
    trajectory = record(learner, state, xs, ys)
    trained = {part: state.parameters[part] for part in parts.moved}
    sizes = np.array([leaf.size for leaf in jax.tree.leaves(trained)])
    norms = np.array(_norms(parts, state.parameters, trajectory, jax.random.key(seed)))
    norms[~trajectory.labelled] = np.nan
    return GradientNorms(tuple(names(trained)), sizes, norms)


@partial(jax.jit, static_argnums=0)
def _norms(
    parts: Parts, parameters: dict[str, Any], trajectory: Trajectory, key: Array
) -> Float[Array, "T groups"]:
    cell, _ = parts.model(parameters)

    def one(carry: Any, sample: Trajectory) -> tuple[Any, Array]:
        carry, gradients = gradient(parts, parameters, carry, sample)
        leaves = jax.tree.leaves(gradients)
        return carry, jnp.stack([jnp.sqrt(jnp.sum(leaf**2)) for leaf in leaves])

    first = jax.tree.map(lambda leaf: leaf[0], trajectory)
    start = parts.rule.init(cell, first.states_prev, first.xs, key)
    return jax.lax.scan(one, start, trajectory)[1]
