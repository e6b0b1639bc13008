"""A mixture's programs: all its members and itself in one."""

from functools import lru_cache, partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array
from onward.learning import execution, one_kernel
from onward.learning.observation import Observation
from onward.learning.parts import Parts
from onward.learning.state import Counters, LearnerState
from onward.mixtures import together
from onward.mixtures.table import Around, Heard, Table

# The parts of each learner, the table, and how many outputs there are.
Recipe = tuple[Any, Table, int]


class MixtureFields(eqx.Module):
    """What the state of a `Mixture` holds.

    Attributes:
        members: the fields of each learner's state, in the order of the learners.
        around: what belongs to the mixture itself.
    """

    members: tuple[Any, ...]
    around: Around

    @property
    def counters(self) -> Counters:
        """What became of the samples in the first learner."""
        return self.members[0].counters


def each_step(
    recipe: Recipe, kernel: bool, members: tuple[Any, ...], seen: Observation
) -> tuple[tuple[Any, ...], Heard]:
    """A step of each learner, and what they have said."""
    learners, _, outputs = recipe
    done = [
        execution.of_parts(parts, kernel)(LearnerState(own), seen)
        for parts, own in zip(learners, members, strict=True)
    ]
    said = heard_of([packed for _, packed in done], outputs, seen)
    return tuple(after.fields for after, _ in done), said


def heard_of(reports: list[Array], outputs: int, seen: Observation) -> Heard:
    """A sample with what each learner has said of it, in packed reports."""
    said = jnp.stack([packed[:outputs] for packed in reports])
    there = jnp.stack([packed[outputs : 2 * outputs] > 0 for packed in reports])
    return Heard(seen.y, seen.weight, seen.start, jnp.where(there, said, 0), there)


@lru_cache(maxsize=128)
def own_step(table: Table) -> Any:
    """A mixture's own part of a step; traced once for all that it is part of."""
    return jax.jit(partial(together.step, table))


def beside(table: Table, kernel: bool) -> Any:
    """The same, in one kernel or not, of its own state."""
    alone = own_step(table)
    within = one_kernel.as_one_kernel(alone) if kernel else alone

    def step(state: LearnerState, heard: Heard) -> tuple[LearnerState, Array]:
        # XLA aborts where a kernel is passed the start of a sequence.
        around, packed = (within if heard.start is None else alone)(state.fields, heard)
        return LearnerState(around), packed

    return step


def _one(table: Table, kernel: bool, state: LearnerState, heard: Heard) -> Any:
    return beside(table, kernel)(state, heard)


def _many(table: Table, kernel: bool, state: LearnerState, heard: Heard, count: Any) -> Any:
    return execution.take_all(beside(table, kernel), state, heard, count)


def _whole(recipe: Recipe, kernel: bool, state: LearnerState, seen: Observation) -> Any:
    """A step of all members, and of the mixture, in one program."""
    fields = state.fields
    members, heard = each_step(recipe, kernel, fields.members, seen)
    around, packed = beside(recipe[1], kernel)(LearnerState(fields.around), heard)
    return LearnerState(MixtureFields(members, around.fields)), packed


step_around = execution.Compiled(_one)
run_around = execution.Compiled(_many)
step = execution.Compiled(_whole)


def _predicted(recipe: Recipe, kernel: bool, state: LearnerState, seen: Observation) -> Array:
    """What a step would predict, and where there is a prediction, side by side."""
    learners, table, outputs = recipe
    fields, kernel = state.fields, kernel and seen.start is None
    within = one_kernel.as_one_kernel if kernel else lambda alone: alone
    made = [
        jnp.ravel(within(_of_learner(parts))(LearnerState(own), seen))
        for parts, own in zip(learners, fields.members, strict=True)
    ]
    return within(_of_all(table))(fields.around, heard_of(made, outputs, seen))


@lru_cache(maxsize=128)
def _of_learner(parts: Parts) -> Any:
    """`execution.predict`, which is compiled already, as a part of a program."""
    return jax.jit(partial(execution.predict, parts))


@lru_cache(maxsize=128)
def _of_all(table: Table) -> Any:
    return jax.jit(lambda around, heard: together.speak(table, around, heard)[0])


predict = execution.Compiled(_predicted, donated=False)


@partial(jax.jit, static_argnums=0)
def _predict_each(recipe: Recipe, state: LearnerState, seen: Observation) -> Array:
    return jax.vmap(partial(_predicted, recipe, False, state))(seen)


def predict_each(recipe: Recipe, state: LearnerState, seen: Observation) -> Any:
    """`predict` of each row, all from the same state."""
    take = lambda state, piece, count: (state, _predict_each(recipe, state, piece))  # noqa: E731
    return execution.in_pieces(take, state, seen)[1]
