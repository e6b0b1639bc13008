"""Samples whose labels come after delays that differ, if they come at all."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from onward._typing import Array, Float
from onward.learning import loop
from onward.learning.info import StepInfo, unpack_prediction
from onward.learning.inputs import Assembled
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.parts import Parts
from onward.learning.state import Counters, LearnerState, Sample
from onward.mixtures import together
from onward.mixtures.mixture import Mixture
from onward.mixtures.mixture_programs import MixtureFields, Recipe, heard_of
from onward.mixtures.table import Samples


class Seen(NamedTuple):
    """A sample that waits for its label.

    Attributes:
        sample: what credit needs of it; of a mixture `Samples`.
        prediction: made when it was seen; NaN where there was none.
    """

    sample: Any
    prediction: Float[Array | np.ndarray, " outputs"]


def see(learner: Learner | Mixture, state: LearnerState, x: Any) -> tuple[LearnerState, Seen]:
    """Take a step without a label, and keep what a label that comes later needs.

        s_t = f(s_{t-1}, x_t; θ),   P_t = the rule's carry after it

    What is kept is (x_t, s_t, P_t), the same as a learner with `delay` keeps in its ring; of a
    mixture that of each learner, and what all members have said. Forecasters stand still: their
    time is that of the labels that come.

    Args:
        learner: without `delay`; or a mixture of such.
        state: consumed.
        x: features, shape (features,); or an `Observation` of them without a label.

    Raises:
        ValueError: a learner with `delay`, which has a ring of its own; the state is of another
            learner.
    """
    refuse_delay(learner)
    learner.admit(state)
    seen = learner.observation(x, None)
    if isinstance(learner, Mixture):
        state, packed, sample = _see_all(learner.recipe, state, seen)
        return state, Seen(sample, unpack_prediction(packed))
    state, packed, sample = _see(learner.parts, state, seen)
    return state, Seen(sample, learner.unpack(packed).prediction)


def credit(
    learner: Learner | Mixture, state: LearnerState, seen: Seen, y: Any, weight: float = 1
) -> tuple[LearnerState, StepInfo]:
    """Learn from the label of a sample that was seen before; time stands still.

        θ ← θ - step of (∂L(readout(s_t, x_t; θ), y) / ∂θ + signal · P_t)

    The state s_t and the influence P_t are those of when the sample was seen, the readout's weights
    are the present ones, as for any label that a learner with `delay` is handed. So a delay that is
    always d gives what `delay=d` gives, without feedback. The label is the newest one, which
    feedback reads from now on.

    Args:
        learner: as in `see`.
        state: consumed.
        seen: from `see`; kept.
        y: the label, shape (targets,).
        weight: multiplies its loss; 0 or more.

    Returns:
        The next state, and what was learnt; `prediction` is that of when the sample was seen.

    Exactness: that of the rule, but for the weights, which have moved since the sample was seen.
    Cost: a step's without the cell; memory for each sample that waits, one carry of the rule.
    """
    refuse_delay(learner)
    learner.admit(state)
    nothing = np.zeros(learner.features, learner.dtype)
    label = learner.observation(Observation(nothing, y, weight, False), None)
    if isinstance(learner, Mixture):
        state, packed = _credit_all(learner.recipe, state, seen.sample, label)
    else:
        state, packed = _credit(learner.parts, state, seen.sample, label)
    return state, learner.unpack(packed)._replace(prediction=np.asarray(seen.prediction))


def refuse_delay(learner: Learner | Mixture) -> None:
    """Raise ValueError for a learner with a ring of its own, or with blocks."""
    if learner.parts.delay:
        raise ValueError(
            f"Expected a learner without delay; got delay={learner.parts.delay}. Try delay=0."
        )
    learners = learner.learners.values() if isinstance(learner, Mixture) else [learner]
    every = max(one.parts.every for one in learners)
    if every > 1:
        raise ValueError(
            "Expected a learner that moves with each label; got one that moves at the ends of "
            f"blocks, every={every}. Try every=1."
        )


@partial(jax.jit, static_argnums=0, donate_argnums=1)
def _see(
    parts: Parts, state: LearnerState, seen: Observation
) -> tuple[LearnerState, Array, Sample]:
    state = loop.begin(parts, state, seen.start)
    percept = loop.perceive(parts, state, seen)
    after, report, diverged = loop.learn(parts, state, percept, seen)
    return loop.renew(parts, after, diverged), report.pack(), percept.sample


@partial(jax.jit, static_argnums=0, donate_argnums=1)
def _credit(
    parts: Parts, state: LearnerState, late: Sample, seen: Observation
) -> tuple[LearnerState, Array]:
    percept = _standing(parts, state, late, seen)
    after, report, diverged = loop.learn(parts, state, percept, seen, late)
    counted = after.counters.values.at[0].set(state.counters.samples)
    after = after.replace(
        recurrent=state.recurrent, label=percept.label, counters=Counters(counted)
    )
    return loop.renew(parts, after, diverged), report.pack()


@partial(jax.jit, static_argnums=0, donate_argnums=1)
def _see_all(
    recipe: Recipe, state: LearnerState, seen: Observation
) -> tuple[LearnerState, Array, Samples]:
    learners, table, outputs = recipe
    fields = state.fields
    pairs = zip(learners, fields.members, strict=True)
    done = [_see(parts, LearnerState(own), seen) for parts, own in pairs]
    heard = heard_of([packed for _, packed, _ in done], outputs, seen)
    told, spoken = together.speak(table, fields.around, heard)
    moved = tuple(each.fields for each, _, _ in done)
    samples = Samples(tuple(sample for _, _, sample in done), spoken)
    return LearnerState(MixtureFields(moved, fields.around)), told, samples


@partial(jax.jit, static_argnums=0, donate_argnums=1)
def _credit_all(
    recipe: Recipe, state: LearnerState, late: Samples, seen: Observation
) -> tuple[LearnerState, Array]:
    learners, table, outputs = recipe
    fields = state.fields
    triples = zip(learners, fields.members, late.members, strict=True)
    done = [_credit(parts, LearnerState(own), sample, seen) for parts, own, sample in triples]
    heard = heard_of([packed for _, packed in done], outputs, seen)
    around, packed = together.credit(table, fields.around, late.spoken, heard)
    moved = tuple(each.fields for each, _ in done)
    return LearnerState(MixtureFields(moved, around)), packed


def _standing(parts: Parts, state: LearnerState, late: Sample, seen: Observation) -> loop.Percept:
    """What there is to learn from where a label has come, and no sample with it."""
    known = loop.known_targets(parts, seen.y)
    label = loop.newest_label(parts, state, seen.y, known) if parts.feedback else None
    carry = state.carry if parts.rule.propagates else late.carry
    yes = jnp.asarray(True)
    nothing = jnp.zeros(parts.loss.outputs(seen.y.shape[0]), late.x.dtype)
    return loop.Percept(
        sample=Sample(late.x, state.recurrent, carry, yes),
        read=Assembled(
            late.x, late.x, state.input_scale, state.newest, state.expansions, yes, ~yes
        ),
        stable=yes,
        known=known,
        label=label,
        prediction=nothing,
        predicted=nothing > 0,
    )
