"""How much of each component of the state survives one step by itself."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from onward._typing import Array, Float
from onward.diagnose.trajectory import record
from onward.learning.learner import Learner
from onward.learning.parts import Parts
from onward.learning.state import LearnerState
from onward.learning.trajectory import Trajectory


class SelfPropagation(NamedTuple):
    """The diagonal of the recurrent Jacobian J_t along a stretch.

    Attributes:
        mean_diagonal: the mean of J_t's diagonal at each sample.
    """

    mean_diagonal: Float[np.ndarray, "T"]

    @property
    def mean(self) -> float:
        """Over the stretch: the scalar that stands for J best, in the Frobenius norm. A trace
        that decays more slowly overweights the past."""
        return float(self.mean_diagonal.mean())


def self_propagation(learner: Learner, state: LearnerState, xs: Any, ys: Any) -> SelfPropagation:
    """Measure the mean diagonal of J along a stretch, with frozen weights.

    argmin over λ of Σ_t |J_t - λ I|² is the mean over samples and components of J's diagonal.
    Shalev Merin (2026), arXiv 2603.28750, claim B10.

    Args:
        learner: its cell.
        state: what it has learnt so far; neither consumed nor moved.
        xs: features, shape (T, features).
        ys: labels in order of arrival, shape (T, targets); they matter where fed back.

    Raises:
        ValueError: what `record` refuses.
    """
    trajectory = record(learner, state, xs, ys)
    return SelfPropagation(np.asarray(_means(learner.parts, state.parameters, trajectory)))


@partial(jax.jit, static_argnums=0)
def _means(parts: Parts, parameters: dict[str, Any], trajectory: Trajectory) -> Float[Array, "T"]:
    cell, _ = parts.model(parameters)

    def one(sample: Trajectory) -> Array:
        return jnp.mean(cell.jacobian(sample.states_prev, sample.xs).diagonal())

    return jax.lax.map(one, trajectory)
