"""Singular values of the recurrent Jacobian, and of its products along the stream."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from onward._checks import check_kind, check_sizes
from onward._typing import Array, Float, Int
from onward.cost import budget
from onward.diagnose.trajectory import Trajectory, check_growing, record
from onward.learning.learner import Learner
from onward.learning.parts import Parts
from onward.learning.state import LearnerState


class Spectrum(NamedTuple):
    """Singular values of M_h = J_t J_{t-1} … J_{t-h+1} at some samples t; M_1 = J_t.

    Attributes:
        steps: t, rows of the stretch.
        lengths: h, steps.
        singular_values: largest first; below 1e-16 of the largest they are rounding.
    """

    steps: Int[np.ndarray, " S"]
    lengths: Int[np.ndarray, " H"]
    singular_values: Float[np.ndarray, "S H N"]

    @property
    def condition_number(self) -> Float[np.ndarray, "S H"]:
        """Largest by smallest singular value; infinite for a singular product."""
        largest, smallest = self.singular_values[..., 0], self.singular_values[..., -1]
        infinite = np.full(largest.shape, np.inf)
        return np.divide(largest, smallest, out=infinite, where=smallest > 0)

    @property
    def norm(self) -> Float[np.ndarray, "S H"]:
        """The spectral norm: the most that a product passes on of any perturbation."""
        return self.singular_values[..., 0]

    @property
    def effective_decay(self) -> Float[np.ndarray, "S H"]:
        """norm^{1/h}: the factor a step by which the best-kept direction shrinks or grows."""
        return self.norm ** (1 / self.lengths)


def spectrum(
    learner: Learner,
    state: LearnerState,
    xs: Any,
    ys: Any,
    lengths: Sequence[int] = (1, 2, 4, 8, 16, 32),
    samples: int = 16,
) -> Spectrum:
    """Measure the Jacobians at some samples of a stretch, with frozen weights.

    Products are formed and taken apart in float64, one sample t at a time: time
    samples·(max h + H)·N³, memory max(h)·N².

    Args:
        learner: its cell.
        state: what it has learnt so far; neither consumed nor moved.
        xs: features, shape (T, features).
        ys: labels in order of arrival, shape (T, targets); they matter where fed back.
        lengths: h in steps, growing.
        samples: how many t, evenly spread over the samples that have max(h) behind them.

    Raises:
        MemoryBudgetError: the Jacobians would not fit into the free memory.
        ValueError: a stretch shorter than max(lengths), and what `record` refuses.
    """
    check_kind("learner", learner, Learner, "onward.Learner(cell)")
    check_growing("lengths", lengths)
    check_sizes(samples=samples)
    longest = max(lengths)
    seen = learner.observation(xs, ys, (None,))
    count = len(seen.x)
    if count < longest:
        raise ValueError(
            f"Expected at least {longest} samples, the longest product; got {count}. "
            "Try a longer stretch or shorter products."
        )
    size = sum(leaf.size for leaf in jax.tree.leaves(learner.cell.init_state()))
    budget.refuse_if_too_large(
        {"the Jacobians of one product": 2 * longest * size**2 * 8}, "a smaller hidden size"
    )
    trajectory = record(learner, state, seen)
    steps = np.unique(np.linspace(longest - 1, count - 1, samples).round().astype(int))
    found = []
    for step in steps:
        behind = jax.tree.map(lambda leaf: leaf[step - longest + 1 : step + 1], trajectory)  # noqa: B023
        jacobians = np.asarray(_jacobians(learner.parts, state.parameters, behind), np.float64)
        found.append([np.linalg.svd(m, compute_uv=False) for m in _products(jacobians, lengths)])
    return Spectrum(steps, np.array(lengths), np.array(found))


def _products(jacobians: np.ndarray, lengths: Sequence[int]) -> list[np.ndarray]:
    """M_h for each h, from the Jacobians in the order of time."""
    product, found = np.eye(jacobians.shape[1]), {}
    for length, jacobian in enumerate(jacobians[::-1], start=1):
        product = product @ jacobian
        found[length] = product
    return [found[length] for length in lengths]


@partial(jax.jit, static_argnums=0)
def _jacobians(
    parts: Parts, parameters: dict[str, Any], trajectory: Trajectory
) -> Float[Array, "T N N"]:
    cell, _ = parts.model(parameters)

    def one(sample: Trajectory) -> Array:
        jacobian = cell.jacobian(sample.states_prev, sample.xs).materialise()
        # Nothing passes from the last sequence into the first sample of the next.
        return jacobian if sample.start is None else jnp.where(sample.start, 0, jacobian)

    return jax.lax.map(one, trajectory)
