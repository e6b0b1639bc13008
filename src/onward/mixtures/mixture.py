"""A learner made of members: networks, lines and forecasters, weighed by how well they predict."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import equinox as eqx
import jax
import numpy as np

from onward._checks import check_key, check_kind
from onward._typing import Array, Float, PRNGKeyArray
from onward.forecasters import AbstractForecaster
from onward.learning import admission, arrays, execution, one_kernel
from onward.learning.info import StepInfo, unpack, unpack_prediction
from onward.learning.initial import refuse_if_too_large
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.parts import Parts
from onward.learning.shown import call_shown
from onward.learning.state import LearnerState
from onward.mixing import Mixing
from onward.mixtures import mixture_programs as programs
from onward.mixtures import together
from onward.mixtures.compiling import compile_ahead
from onward.mixtures.misfits import refuse_misfits
from onward.mixtures.mixture_programs import MixtureFields
from onward.mixtures.side_by_side import side_by_side
from onward.mixtures.table import Heard, Table, initial, leant_to


class Mixture:
    """Learners and forecasters that all predict, and whose predictions become one.

    Nobody has to know beforehand which rate, rule, network or line suits a stream: all of them
    learn side by side, each from its own prediction, and `Mixing` weighs them by what they have
    predicted. It has the interface of a `Learner`; `init`, `step`, `run` and `predict` take and
    give the same. Each learner does exactly what it would do alone.

    Cost: that of the learners, which pass over a `run` side by side on all CPUs; of the mixing some
    q² numbers an output for q members.

    Args:
        members: by name: learners of the same features, targets, delay and dtype, one at least,
            and forecasters.
        mixing: how they are weighed.
        learns: whether the weighing goes on learning.

    Raises:
        ValueError: members that do not fit each other.
    """

    def __init__(
        self,
        members: Mapping[str, Learner | AbstractForecaster],
        *,
        mixing: Mixing | None = None,
        learns: bool = True,
    ):
        mixing = Mixing() if mixing is None else mixing
        check_kind("mixing", mixing, Mixing, "onward.Mixing()")
        refuse_misfits(members)
        self.members = dict(members)
        self.learners = {n: one for n, one in members.items() if isinstance(one, Learner)}
        main = next(iter(self.learners.values()))
        others = [one for one in members.values() if isinstance(one, AbstractForecaster)]
        self.table = Table(
            tuple(others), mixing, main.parts.loss, main.targets, main.parts.delay, learns
        )
        self.features, self.targets, self.outputs = main.features, main.targets, main.outputs
        self.dtype = main.dtype
        self._admitted: Any = None
        self._ahead: set[Any] = set()

    @property
    def main(self) -> Learner:
        """The first learner."""
        return next(iter(self.learners.values()))

    @property
    def parts(self) -> Parts:
        """Those of the first learner, with which the others agree in loss and delay."""
        return self.main.parts

    @property
    def names(self) -> tuple[str, ...]:
        """The members, learners first."""
        others = (name for name in self.members if name not in self.learners)
        return (*self.learners, *others)

    @property
    def reports(self) -> tuple[str, ...]:
        """What the entries of `StepInfo.diagnostics` are: how much each member is trusted."""
        return self.names

    def init(self, key: PRNGKeyArray) -> LearnerState:
        """The state before the first sample; see `Learner.init`."""
        check_key(key)
        refuse_if_too_large(*states_of(self.shapes), around=self.shapes.fields.around)
        # One program; each array by itself would be one for every shape.
        return jax.jit(self.initial_state)(key)

    def step(self, state: LearnerState, x: Any, y: Any = None) -> tuple[LearnerState, StepInfo]:
        """Predict from one sample, then learn from the label that has come; see `Learner.step`.

        In the `StepInfo` the loss is that of the mixture in units of its usual error, or in nats;
        `diagnostics` has how much each member makes of the prediction, all together 1.
        """
        self.admit(state)
        seen = self.observation(x, y)
        if not self.in_kernels or execution.within_transformation(state, seen):
            moved, said = self._each_step(state.fields.members, seen)
            heard = together.heard_rows(seen, said)
            around, packed = programs.step_around(
                self.table, self.kernel, LearnerState(state.fields.around), heard
            )
            return LearnerState(MixtureFields(moved, around.fields)), self.unpack(packed)
        state, packed = programs.step(self.recipe, True, state, seen)
        return state, self.unpack(packed)

    def run(self, state: LearnerState, xs: Any, ys: Any = None) -> tuple[LearnerState, StepInfo]:
        """`step` over many samples, with the same bits however they are cut; see `Learner.run`."""
        state, info, _, _ = self.run_all(state, xs, ys)
        return state, info

    def run_all(
        self, state: LearnerState, xs: Any, ys: Any = None
    ) -> tuple[LearnerState, StepInfo, dict[str, StepInfo], dict[str, float]]:
        """`run`, with what each learner has to tell of the same samples, and its seconds.

        The seconds are by the clock on the wall, from the beginning of a learner's own pass to its
        end. Learners that pass side by side share the CPUs, so that together they are more than the
        whole has taken.
        """
        self.admit(state)
        seen = self.observation(xs, ys, (None,))
        if not execution.within_transformation(state, seen):
            compile_ahead(self, seen, self._ahead)
        run = programs.run_around
        return self.pass_over(state, seen, [one.run for one in self.learners.values()], run)

    def pass_over(
        self,
        state: LearnerState,
        seen: Observation,
        runs: Sequence[Callable[..., Any]],
        run_around: Callable[..., Any],
        codes: tuple[Any, ...] = (),
    ) -> tuple[LearnerState, StepInfo, dict[str, StepInfo], dict[str, float]]:
        """`run_all`, by the `run` of each learner, or of the series of it.

        Args:
            state: admitted, and consumed.
            seen: the samples.
            runs: of the learners in order.
            run_around: of the mixture's own part.
            codes: of the series, if there are any.
        """
        fields, states = state.fields, list(map(LearnerState, state.fields.members))
        rows = 0 if execution.within_transformation(state, seen) else len(seen.x)
        done = side_by_side(runs, states, (*codes, seen), rows)
        infos = dict(zip(self.learners, (info for _, info, _ in done), strict=True))
        seconds = dict(zip(self.learners, (spent for _, _, spent in done), strict=True))
        heard = together.heard_rows(seen, [info.prediction for info in infos.values()])
        around, packed = execution.in_pieces(
            partial(run_around, self.table, self.kernel),
            LearnerState(fields.around),
            (*codes, heard) if codes else heard,
        )
        members = tuple(moved.fields for moved, _, _ in done)
        after = LearnerState(MixtureFields(members, around.fields))
        return after, self.unpack(packed), infos, seconds

    def predict(
        self, state: LearnerState, x: Any, y: Any = None
    ) -> Float[Array | np.ndarray, "*B outputs"]:
        """What `step` would predict from the same; see `Learner.predict`."""
        self.admit(state)
        several = arrays.is_batch(x)
        seen = self.observation(x, y, (None,) if several else ())
        if several:
            return unpack_prediction(programs.predict_each(self.recipe, state, seen))
        kernels = self.in_kernels and not execution.within_transformation(state, seen)
        return unpack_prediction(programs.predict(self.recipe, kernels, state, seen))

    def regret_bound(self, labels: float) -> float | None:
        """How much more than its best member a new mixture loses over so many labels, at most.

        None for classes and late labels, of which no bound is proven; see `Mixing.regret_bound`.
        """
        table = self.table
        if table.delay:
            return None
        favourite = leant_to(table, len(self.learners)) is not None
        return table.mixing.regret_bound(labels, len(self.members), favourite, table.classes)

    def replace(self, **changes: Any) -> "Mixture":
        """A mixture whose learners have other settings; see `Learner.replace`."""
        members = {
            name: one.replace(**changes) if isinstance(one, Learner) else one
            for name, one in self.members.items()
        }
        return Mixture(members, mixing=self.table.mixing, learns=self.table.learns)

    def observation(self, x: Any, y: Any, rows: tuple[int | None, ...] = ()) -> Observation:
        """What is handed over as arrays of the members' dtype; see `arrays.observation`."""
        return arrays.observation(x, y, (self.features, self.targets), self.dtype, rows)

    def unpack(self, packed: Array | np.ndarray) -> StepInfo:
        """The information in packed reports."""
        return unpack(np.asarray(packed), self.outputs)

    @cached_property
    def shapes(self) -> LearnerState:
        """The state before the first sample as shapes alone."""
        return eqx.filter_eval_shape(lambda: self.initial_state(jax.random.key(0)))

    def initial_state(self, key: PRNGKeyArray) -> LearnerState:
        """`init` without counting first, to be traced for its shapes."""
        keys = jax.random.split(key, len(self.learners))
        members = tuple(
            one.initial_state(own).fields
            for own, one in zip(keys, self.learners.values(), strict=True)
        )
        around = initial(self.table, len(members), self.dtype)
        return LearnerState(MixtureFields(members, around))

    def admit(self, state: Any) -> None:
        """Raise ValueError unless a state is of this mixture, and not consumed."""
        if type(state) is not LearnerState or state.tree_flatten()[1] is not self._admitted:
            admission.refuse_foreign(state, self.shapes)
            self._admitted = state.tree_flatten()[1]
        admission.refuse_consumed(state.tree_flatten()[0][:1])

    def _each_step(
        self, members: tuple[Any, ...], seen: Observation
    ) -> tuple[tuple[Any, ...], list[Any]]:
        done = [
            one.step(LearnerState(own), seen)
            for own, one in zip(members, self.learners.values(), strict=True)
        ]
        return tuple(state.fields for state, _ in done), [info.prediction for _, info in done]

    @cached_property
    def kernel(self) -> bool:
        """Whether the mixture's own part of a step is one kernel."""
        # Without forecasters there is an array of no numbers, at which XLA aborts.
        if not self.table.forecasters:
            return False
        shape = len(self.learners), self.outputs
        heard = Heard(
            jax.ShapeDtypeStruct((self.targets,), self.dtype),
            None,
            None,
            jax.ShapeDtypeStruct(shape, self.dtype),
            jax.ShapeDtypeStruct(shape, np.dtype(bool)),
        )
        return one_kernel.fits(programs.own_step(self.table), self.shapes.fields.around, heard)

    @cached_property
    def in_kernels(self) -> bool:
        """Whether a step is kernels alone, one for each member and one for the mixture."""
        return self.kernel and all(one.in_one_kernel for one in self.learners.values())

    @cached_property
    def recipe(self) -> programs.Recipe:
        """What of the members and of the mixture is no array, for its programs."""
        parts = tuple(one.program for one in self.learners.values())
        return parts, self.table, self.outputs

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Mixture)
            and self.table == other.table
            and self.members == other.members
        )

    def __hash__(self) -> int:
        return hash((self.table, tuple(self.members)))

    def __repr__(self) -> str:
        settings = {"members": self.members, "mixing": self.table.mixing}
        counted = f"{self.features} in, {self.targets} to learn, {self.outputs} out"
        return call_shown("Mixture", settings, f"{self.dtype}; {counted}")


def states_of(state: LearnerState) -> list[LearnerState]:
    """The states of the learners of a mixture; of one learner its own."""
    fields = state.fields
    if isinstance(fields, MixtureFields):
        return [LearnerState(each) for each in fields.members]
    return [state]


def with_states(state: LearnerState, states: Sequence[LearnerState]) -> LearnerState:
    """The inverse of `states_of`, with everything else as in `state`."""
    fields = state.fields
    if not isinstance(fields, MixtureFields):
        return states[0]
    return LearnerState(MixtureFields(tuple(one.fields for one in states), fields.around))
