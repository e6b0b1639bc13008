"""What is around a learner and watches each of its steps, within the same compiled program."""

import dataclasses
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from onward._checks import check_key, check_kind
from onward._typing import Array, Float, PRNGKeyArray
from onward.learning import admission, arrays, execution, one_kernel
from onward.learning.info import StepInfo, unpack, unpack_prediction
from onward.learning.observation import Observation
from onward.learning.parts import Parts
from onward.learning.state import LearnerFields, LearnerState
from onward.mixtures.sessions import begin_session

Step = Callable[[LearnerState, Observation], tuple[LearnerState, Array]]


class Recipe(Protocol):
    """What a step is made of besides arrays. Equal recipes share compiled steps."""

    def stepper(self, kernel: bool) -> Step:
        """A step, of a state and a sample, with the packed report; in one kernel or not."""
        ...

    def peek(self, state: LearnerState, seen: Observation) -> Array:
        """The next prediction, and where there is one, side by side."""
        ...

    def fits(self, shapes: LearnerState, seen: Observation) -> bool:
        """Whether the step is better as one kernel."""
        ...


@dataclass(frozen=True)
class PlainRecipe:
    """A learner with nothing around it; see `Recipe`."""

    parts: Parts

    def stepper(self, kernel: bool) -> Step:
        """A step; see `Recipe`."""
        return execution.of_parts(self.parts, kernel)

    def peek(self, state: LearnerState, seen: Observation) -> Array:
        """The next prediction; see `Recipe`."""
        return execution.predict(self.parts, state, seen)

    def let_in(self, state: LearnerState, seen: Observation) -> Observation:
        """What the learner is shown of a sample: all of it."""
        return seen

    def fits(self, shapes: LearnerState, seen: Observation) -> bool:
        """Whether the step is better as one kernel; see `Recipe`."""
        return one_kernel.fits(execution.both_halves(self.parts), shapes, seen)


class Around:
    """A learner that something is around, with the verbs and the contract of a `Learner`.

    The state is a `LearnerState`, whose part `learner` holds the fields of the learner's own. What
    is told of a step stands behind the rule's own entries of `StepInfo.diagnostics`, under the
    names in `reports`: 1 where it happened and 0 where not.

    Attributes:
        learner: what it is around: a `Learner`, or something around one.
        settings: how it watches.
        recipe: see `Recipe`.
        told: what it reports, by name.
    """

    kind: ClassVar[type[eqx.Module]]

    def __init__(self, learner: Any, settings: Any, recipe: Recipe, told: tuple[str, ...]):
        check_kind("settings", settings, self.kind, f"onward.{self.kind.__name__}()")
        self.learner, self.settings, self.recipe, self.told = learner, settings, recipe, told
        self.targets, self.outputs = learner.targets, learner.outputs
        self.features, self.dtype = learner.features, learner.dtype
        self._admitted: Any = None

    @property
    def parts(self) -> Parts:
        """Those of the learner."""
        return self.learner.parts

    @property
    def flags(self) -> tuple[str, ...]:
        """All that it and what is within report of each step, the last entries of `reports`."""
        return (*getattr(self.learner, "flags", ()), *self.told)

    @property
    def reports(self) -> tuple[str, ...]:
        """What the entries of `StepInfo.diagnostics` are."""
        return (*self.learner.reports, *self.told)

    def init(self, key: PRNGKeyArray) -> LearnerState:
        """The state before the first sample; see `Learner.init`."""
        check_key(key)
        return self.begin(self.learner.init(key))

    def begin(self, state: LearnerState) -> LearnerState:
        """The state with which it goes on around a learner's own, which is kept.

        Args:
            state: of the learner within, which may have learnt.
        """
        self.learner.admit(state)
        # One program; each array by itself would be one for every shape.
        return jax.jit(lambda kept: self.around(jax.tree.map(jnp.copy, kept)))(state)

    @abstractmethod
    def around(self, state: LearnerState) -> LearnerState:
        """`begin`, to be traced for its shapes; pure."""

    def begin_session(self, state: LearnerState) -> LearnerState:
        """The state where a new session begins; see `onward.begin_session`."""
        self.admit(state)
        fields = jax.tree.map(jnp.copy, state.fields)
        own = begin_session(self.learner, LearnerState(fields.learner)).fields
        return LearnerState(dataclasses.replace(fields, learner=own))

    def step(self, state: LearnerState, x: Any, y: Any = None) -> tuple[LearnerState, StepInfo]:
        """Predict from one sample, then learn from the label that has come; see `Learner.step`."""
        self.admit(state)
        seen = self.observation(x, y)
        kernel = self.in_one_kernel and not execution.within_transformation(state, seen)
        state, packed = _step(self.recipe, kernel, state, seen)
        return state, self.unpack(packed)

    def run(self, state: LearnerState, xs: Any, ys: Any = None) -> tuple[LearnerState, StepInfo]:
        """`step` over many samples, with the same bits however they are cut; see `Learner.run`."""
        self.admit(state)
        seen = self.observation(xs, ys, (None,))
        kernel = self.in_one_kernel and not execution.within_transformation(state, seen)
        take = lambda *given: _run(self.recipe, kernel, *given)  # noqa: E731
        state, packed = execution.in_pieces(take, state, seen)
        return state, self.unpack(packed)

    def predict(
        self, state: LearnerState, x: Any, y: Any = None
    ) -> Float[Array | np.ndarray, "*B outputs"]:
        """What `step` would predict from the same; see `Learner.predict`."""
        self.admit(state)
        several = arrays.is_batch(x)
        seen = self.observation(x, y, (None,) if several else ())
        if not several:
            return unpack_prediction(_predict(self.recipe, False, state, seen))
        take = lambda state, piece, count: (  # noqa: E731
            state,
            _predict_each(self.recipe, False, state, piece),
        )
        return unpack_prediction(execution.in_pieces(take, state, seen)[1])

    def admit(self, state: Any) -> None:
        """Raise ValueError unless a state is of this, and not consumed."""
        if type(state) is not LearnerState or state.tree_flatten()[1] is not self._admitted:
            admission.refuse_foreign(state, self.shapes)
            self._admitted = state.tree_flatten()[1]
        admission.refuse_consumed(state.tree_flatten()[0][:1])

    def observation(self, x: Any, y: Any, rows: tuple[int | None, ...] = ()) -> Observation:
        """What is handed over as arrays of the learner's dtype; see `arrays.observation`."""
        return arrays.observation(x, y, (self.features, self.targets), self.dtype, rows)

    def unpack(self, packed: Array | np.ndarray) -> StepInfo:
        """The information in packed reports."""
        return unpack(packed if isinstance(packed, Tracer) else np.asarray(packed), self.outputs)

    @cached_property
    def shapes(self) -> LearnerState:
        """The state before the first sample as shapes alone."""
        return eqx.filter_eval_shape(self.around, self.learner.shapes)

    @cached_property
    def in_one_kernel(self) -> bool:
        """Whether what it does with a sample is one kernel; see `onward.learning.one_kernel`."""
        x, y = (jax.ShapeDtypeStruct((size,), self.dtype) for size in (self.features, self.targets))
        return self.recipe.fits(self.shapes, Observation(x, y, None, None))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Around)
            and self.settings == other.settings
            and self.learner == other.learner
        )

    def __hash__(self) -> int:
        return hash((self.settings, self.learner))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.learner!r}, {self.settings!r})"


def with_flags(packed: Array, flags: Array) -> Array:
    """A packed report with flags behind what the rule reports."""
    return jnp.concatenate([packed[:-6], flags.astype(packed.dtype), packed[-6:]])


def weights_of(fields: LearnerFields) -> dict[str, Any]:
    """What is kept to go back to: the weights, and what the optimizer remembers."""
    return {"parameters": fields.parameters, "optimizer": fields.optimizer}


_step = execution.Compiled(lambda recipe, kernel, *given: recipe.stepper(kernel)(*given))
_run = execution.Compiled(
    lambda recipe, kernel, *given: execution.take_all(recipe.stepper(kernel), *given)
)
_predict = execution.Compiled(lambda recipe, kernel, *given: recipe.peek(*given), donated=False)
_predict_each = execution.Compiled(
    lambda recipe, kernel, state, seen: jax.vmap(lambda row: recipe.peek(state, row))(seen),
    donated=False,
)
