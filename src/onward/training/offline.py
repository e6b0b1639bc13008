"""Training off line on recorded sessions, in minibatches of segments."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from onward._checks import check_key, check_kind
from onward._typing import Array, Float, PRNGKeyArray
from onward.learning import admission
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.parts import Parts
from onward.learning.pretraining import losses_along
from onward.learning.state import LearnerState
from onward.mixtures.sessions import begin_session
from onward.training.recorded import Recorded, recorded
from onward.training.segments import Cuts, Segments, cut


class Epoch(NamedTuple):
    """What came of a pass over the sessions.

    Attributes:
        number: from 1.
        loss: the mean over its updates, on the normalised scale, with features dropped out. NaN
            where training has diverged, which ends it.
        held_out: the mean over what is held out; NaN where nothing is.
    """

    number: int
    loss: float
    held_out: float


def pretrain_sessions(
    learner: Learner,
    state: LearnerState,
    sessions: Sequence[Observation],
    key: PRNGKeyArray,
    segments: Segments | None = None,
    progress: Callable[[Epoch], None] | None = None,
) -> tuple[LearnerState, list[Epoch]]:
    """Train a network off line on recorded sessions, as a start before it goes on online.

    Scales pass over the sessions in turn, as they would online. Then all weights are moved by
    Adam, with the gradient of the mean loss backward through segments of the sessions. Each
    segment begins with the initial recurrent state. The weights that are best on what is held out
    are kept, or the last ones where nothing is. Cost: time 3 p a sample and epoch; memory all
    sessions, and batch · length states.

    Args:
        learner: its rule and its optimizer are not used, and may be any.
        state: not consumed.
        sessions: in order of time; x of shape (T, features), y in order of arrival, (T, targets).
            A weight multiplies the loss of its label; a start begins a sequence.
        key: for the cuts, the order and the features that are dropped.
        segments: see `Segments`.
        progress: called after each epoch.

    Returns:
        The state with the new weights, scales that have passed over all sessions, and everything
        else as `onward.begin_session` leaves it; and what came of each epoch.

    Raises:
        ValueError: wrong shapes, a session shorter than a segment, no label to learn from, or a
            readout that keeps samples.
    """
    check_kind("learner", learner, Learner, "onward.Learner(cell)")
    check_key(key)
    segments = Segments() if segments is None else segments
    check_kind("segments", segments, Segments, "onward.Segments()")
    if isinstance(sessions, Observation) or not sessions:
        raise ValueError(
            f"Expected recorded sessions, in a list; got {type(sessions).__name__}. Try "
            "[onward.Observation(xs, ys)]."
        )
    admission.refuse_kept_samples(learner.readout)
    learner.admit(state)
    seen = [learner.observation(each, None, (None,)) for each in sessions]
    cuts = cut([len(each.x) for each in seen], segments)
    scales, found = recorded(learner, state, seen, key)
    rows = jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *found)
    if not np.asarray(rows.weight).any():
        raise ValueError(
            f"Expected labels to learn from; got none in {len(seen)} sessions. Try sessions whose "
            "labels are numbers."
        )
    training = Training(learner.parts, segments, learner.features, cuts.updates(segments))
    parameters, epochs = _trained(training, state.parameters, rows, cuts, key, progress)
    state = jax.tree.map(jnp.copy, state).replace(parameters=parameters, **scales)
    return begin_session(learner, state), epochs


@dataclass(frozen=True)
class Training:
    """All that a compiled update depends on, beside arrays.

    Attributes:
        parts: of the learner.
        segments: how sessions are cut.
        features: how many columns of the input, the first ones, are features.
        updates: in an epoch.
    """

    parts: Parts
    segments: Segments
    features: int
    updates: int

    @property
    def optimizer(self) -> optax.GradientTransformation:
        """What moves the weights."""
        whole = self.updates * self.segments.epochs
        rate = optax.cosine_decay_schedule(self.segments.learning_rate, whole)
        return optax.chain(optax.clip_by_global_norm(self.segments.clip), optax.adam(rate))

    def sums(
        self, parameters: Any, rows: Recorded, starts: Array, keep: Array
    ) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """The weighted losses of segments, and the weights.

        Args:
            parameters: of the network.
            rows: of all sessions.
            starts: the first row of each segment, shape (batch,).
            keep: what features are multiplied by, 0 where one is held at its mean; of shape (batch,
                features).
        """

        def one(start: Array, keep: Array) -> tuple[Array, Array]:
            place = start + jnp.arange(self.segments.length)
            seen = jax.tree.map(lambda leaf: leaf[place], rows)
            x = seen.row.x.at[:, : self.features].multiply(keep[None])
            if self.parts.mask:
                masks = slice(self.features, 2 * self.features)
                x = x.at[:, masks].set(jnp.where(keep[None] == 0, 1, x[:, masks]))
            begun = jnp.cumsum(seen.row.start) > 0
            scored = begun | (jnp.arange(self.segments.length) >= self.segments.warm_up)
            weight = jnp.where(scored, seen.weight, 0)
            fresh = self.parts.model(parameters)[0].init_state()
            losses = losses_along(self.parts, parameters, fresh, seen.row._replace(x=x))
            return jnp.sum(weight * losses), jnp.sum(weight)

        losses, weights = jax.vmap(one)(starts, keep)
        return jnp.sum(losses), jnp.sum(weights)


@partial(jax.jit, static_argnums=0, donate_argnums=1)
def _updated(
    training: Training, moved: Any, rows: Recorded, starts: Array, key: PRNGKeyArray
) -> tuple[Any, Array]:
    parameters, held = moved
    dtype = rows.row.x.dtype
    share = 1 - training.segments.dropout
    kept = jax.random.bernoulli(key, share, (len(starts), training.features))
    # What is kept makes up for what is not.
    keep = kept.astype(dtype) / share

    def mean(parameters: Any) -> Float[Array, ""]:
        losses, weights = training.sums(parameters, rows, starts, keep)
        return losses / jnp.maximum(weights, jnp.finfo(dtype).tiny)

    loss, gradients = jax.value_and_grad(mean)(parameters)
    # optax's adam raises a float to an integer count, which strict promotion forbids.
    with jax.numpy_dtype_promotion("standard"):
        moves, held = training.optimizer.update(gradients, held, parameters)
    moves = jax.tree.map(lambda move, weight: move.astype(weight.dtype), moves, parameters)
    return (optax.apply_updates(parameters, moves), held), loss


@partial(jax.jit, static_argnums=0)
def _scored(training: Training, parameters: Any, rows: Recorded, starts: Array) -> Any:
    keep = jnp.ones((len(starts), training.features), rows.row.x.dtype)
    return training.sums(parameters, rows, starts, keep)


def _trained(
    training: Training,
    parameters: Any,
    rows: Recorded,
    cuts: Cuts,
    key: PRNGKeyArray,
    progress: Callable[[Epoch], None] | None,
) -> tuple[Any, list[Epoch]]:
    """The best weights, and what came of each epoch."""
    segments = training.segments
    draw = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    held = [
        cuts.held[first : first + segments.batch]
        for first in range(0, len(cuts.held), segments.batch)
    ]
    # Copies: an update consumes what it moves.
    moved = jax.tree.map(jnp.copy, parameters), training.optimizer.init(parameters)
    best, least, since, epochs = parameters, math.inf, 0, []
    for number in range(1, segments.epochs + 1):
        losses = []
        for update, starts in enumerate(cuts.drawn(segments, draw)):
            own_key = jax.random.fold_in(key, number * training.updates + update)
            moved, loss = _updated(training, moved, rows, jnp.asarray(starts), own_key)
            losses.append(loss)
        sums = [_scored(training, moved[0], rows, jnp.asarray(starts)) for starts in held]
        total, weights = np.sum(np.asarray(sums, float), axis=0) if sums else (0.0, 0.0)
        left_out = float(total / weights) if weights else math.nan
        epochs.append(Epoch(number, float(np.mean(losses)), left_out))
        if progress is not None:
            progress(epochs[-1])
        if not (math.isfinite(epochs[-1].loss) and math.isfinite(total)):
            break
        since += 1
        if not weights or left_out < least:
            best, least, since = jax.tree.map(jnp.copy, moved[0]), left_out, 0
        if since >= segments.patience:
            break
    return best, epochs
