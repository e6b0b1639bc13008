"""A learner with guards: what lies far off, and what diverges, is told and acted on."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Bool
from onward.learning import blocks, execution, loop, one_kernel
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.parts import Parts
from onward.learning.state import LearnerFields, LearnerState
from onward.safety.around import Around, Step, weights_of, with_flags
from onward.safety.guards import Guards
from onward.safety.watching import Acts, Found, History, is_influence, norm_of, shortened, watch


class GuardedFields(eqx.Module):
    """What the `LearnerState` of a guarded learner holds.

    Attributes:
        learner: the fields of the learner's own.
        history: what the guards remember.
        good: the weights to go back to, with what the optimizer remembers; None where nothing goes
            back.
    """

    learner: LearnerFields
    history: History
    good: Any


@dataclass(frozen=True)
class GuardedRecipe:
    """The guards and the parts of the learner within."""

    guards: Guards
    parts: Parts

    @property
    def looks(self) -> bool:
        """Whether the influence is watched."""
        return bool(self.guards.influence) and self.parts.rule.propagates

    @property
    def clips(self) -> bool:
        """Whether an influence may be shortened."""
        return "clip" in self.guards.influence and self.looks

    def stepper(self, kernel: bool) -> Step:
        """A step; see `Recipe`."""
        watched = _watched(self)
        watched = one_kernel.as_one_kernel(watched) if kernel else watched

        def step(state: LearnerState, seen: Observation) -> tuple[LearnerState, Array]:
            fields = state.fields
            inner = loop.begin(self.parts, LearnerState(fields.learner), seen.start)
            # All flags are made within: each by itself would be a kernel more.
            inner, history, packed, acts = watched(inner, fields.history, seen._replace(start=None))
            inner = loop.renew(self.parts, inner, acts.restart)
            inner, packed = blocks.close(self.parts, inner, packed)
            inner, good = self._acted(inner, fields.good, acts)
            inner = blocks.dropped(inner, acts.back)
            inner, history = self._looked(inner, history, acts)
            return LearnerState(GuardedFields(inner.fields, history, good)), packed

        return step

    def peek(self, state: LearnerState, seen: Observation) -> Array:
        """The next prediction; see `Recipe`."""
        inner = LearnerState(state.fields.learner)
        return execution.predict(self.parts, inner, self.let_in(state, seen))

    def let_in(self, state: LearnerState, seen: Observation) -> Observation:
        """What the learner is shown of a sample: what is not dropped."""
        fields = state.fields
        return screened(self, LearnerState(fields.learner), fields.history, seen)[0]

    def fits(self, shapes: LearnerState, seen: Observation) -> bool:
        """Whether the step is better as one kernel; see `Recipe`."""
        fields = shapes.fields
        inner = LearnerState(fields.learner)
        return one_kernel.fits(_watched(self), inner, fields.history, seen)

    def acts(self, found: Found, diverged: Bool[Array, ""], samples: Array) -> Acts:
        """What is to be done.

        Args:
            found: at a sample.
            diverged: whether the loop wants the carry afresh.
            samples: how many there were.
        """
        no = jnp.asarray(False)
        guards = self.guards
        wanted: dict[str, Bool[Array, ""]] = dict.fromkeys(
            ("restart", "roll back", "lower", "clip"), no
        )
        for acts, alarm in ((guards.loss, found.loss), (guards.influence, found.influence)):
            wanted |= {act: wanted[act] | alarm for act in acts if act != "warn"}
        restart, back, lower, clip = wanted.values()
        keep = found.calm & (samples % guards.keep == 0) if "roll back" in guards.acts else no
        done, look = back | lower | clip | keep, (samples % guards.every == 0) & self.looks
        restart = diverged | restart | back
        rolls = "roll back" in guards.acts
        # What nobody asks for is not handed out: each result of a kernel costs.
        return Acts(
            restart if self.parts.rule.propagates else None,
            back if rolls else None,
            lower if "lower" in guards.acts else None,
            clip if self.clips else None,
            keep if rolls else None,
            done if guards.acts & {"roll back", "lower", "clip"} else None,
            look if self.looks else None,
            found.factor if self.clips else None,
        )

    def _looked(
        self, inner: LearnerState, history: History, acts: Acts
    ) -> tuple[LearnerState, History]:
        """The history with the norm of the influence, where it is looked at."""
        if not self.looks:
            return inner, history

        def look(given: tuple[Any, ...]) -> tuple[Any, ...]:
            flag, carry, values = given
            return jnp.zeros_like(flag), carry, values.at[7].set(norm_of(carry, values.dtype))

        # A branch that reads the carry would copy it.
        turned = jax.lax.while_loop(
            lambda given: given[0], look, (acts.look, inner.carry, history.values)
        )
        return inner.replace(carry=turned[1]), History(turned[2])

    def _acted(self, inner: LearnerState, good: Any, acts: Acts) -> tuple[LearnerState, Any]:
        """Weights put back or kept, an influence shortened, rates lowered: where it is wanted."""
        guards, parts = self.guards, self.parts
        if not guards.acts & {"roll back", "lower", "clip"}:
            return inner, good

        def pick(flag: Bool[Array, ""], new: Any, old: Any) -> Any:
            return jax.tree.map(lambda one, other: jnp.where(flag, one, other), new, old)

        def act(fields: dict[str, Any], good: Any) -> tuple[dict[str, Any], Any]:
            if good is not None:
                now = {name: fields[name] for name in good}
                fields = {**fields, **pick(acts.back, good, now)}
                good = pick(acts.keep, now, good)
                fresh = parts.model(fields["parameters"])[0].init_state()
                fields["recurrent"] = pick(acts.back, fresh, fields["recurrent"])
            if self.clips:
                carry = fields["carry"]
                fields["carry"] = pick(acts.clip, shortened(carry, acts.factor), carry)
            if "lower" in guards.acts:
                by, rates = guards.lower_by, fields["learning_rates"]
                lowered = {name: by * rate for name, rate in rates.items()}
                fields["learning_rates"] = pick(acts.lower, lowered, rates)
            return fields, good

        names = ["parameters", "optimizer", "recurrent"] if good is not None else []
        names += ["learning_rates"] * ("lower" in guards.acts) + ["carry"] * self.clips
        # A loop of no turn or one, as in `loop`: a branch would copy what it passes on.
        _, (fields, good) = jax.lax.while_loop(
            lambda pair: pair[0],
            lambda pair: (jnp.zeros_like(pair[0]), act(*pair[1])),
            (acts.any, ({name: getattr(inner, name) for name in names}, good)),
        )
        return inner.replace(**fields), good


def screened(
    recipe: GuardedRecipe, state: LearnerState, history: History, seen: Observation
) -> tuple[Observation, Bool[Array, ""]]:
    """A sample without what lies too far off, if that is dropped; and whether anything does."""
    guards, parts = recipe.guards, recipe.parts
    if guards.outlying is None:
        return seen, jnp.asarray(False)
    known = state.counters.samples >= guards.first
    # With feedback the scale is of the label, too.
    width = parts.loss.width(seen.y.size) if parts.feedback else 0
    raw = jnp.concatenate([seen.x, jnp.zeros(width, seen.x.dtype)]) if width else seen.x
    z = parts.input_scale.normalise(state.input_scale, raw)[: seen.x.size]
    off = known & (jnp.abs(z) > guards.far)
    off_label = jnp.zeros(seen.y.shape, bool)
    if parts.loss.scaled:
        z = parts.target_scale.normalise(state.target_scale, seen.y)
        off_label = known & (jnp.abs(z) > guards.far)
    outlying = jnp.any(off) | jnp.any(off_label)
    if guards.outlying == "warn":
        return seen, outlying
    drops = history.values[6] < guards.patience
    x = jnp.where(off & drops, jnp.nan, seen.x)
    y = jnp.where(off_label & drops, jnp.nan, seen.y)
    return seen._replace(x=x, y=y), outlying


@lru_cache(maxsize=128)
def _watched(recipe: GuardedRecipe) -> Any:
    """Both halves of a step with the guards around; traced once for all that it is part of."""
    guards, parts = recipe.guards, recipe.parts

    @jax.jit
    def watched(inner: LearnerState, history: History, seen: Observation) -> Any:
        seen, outlying = screened(recipe, inner, history, seen)
        inner, report, diverged = loop.learn(parts, inner, loop.perceive(parts, inner, seen), seen)
        loss = report.wanted & jnp.isfinite(report.loss), report.loss
        history, found = watch(guards, history, loss, outlying)
        flags = [
            flag
            for flag, watches in (
                (found.outlying, guards.outlying),
                (found.loss, guards.loss),
                (found.influence, recipe.looks),
            )
            if watches
        ]
        packed = with_flags(report.pack(), jnp.stack(flags)) if flags else report.pack()
        return inner, history, packed, recipe.acts(found, diverged, inner.counters.samples)

    return watched


class Guarded(Around):
    """A learner with guards around it.

    Where nothing is found it learns and predicts as the learner alone does. What is found is told
    in `StepInfo.diagnostics`, under the names "outlying", "loss" and "influence" of `reports`.

    The state is a `LearnerState`; its part `learner` has the fields of the learner's own. With
    `onward.LearnerState(state.learner)` the learner goes on without guards.

    Cost: some thirty operations on single numbers a sample; every `guards.every` samples the norm
    of what the rule carries. Memory: with "roll back" the weights once more, and what the
    optimizer remembers.

    Args:
        learner: a `Learner`.
        guards: what to look for and what to do then; `Guards()` by default.

    Raises:
        ValueError: an act that this learner cannot take.
    """

    kind = Guards

    def __init__(self, learner: Learner, guards: Guards | None = None):
        guards = Guards() if guards is None else guards
        if not isinstance(learner, Learner):
            raise ValueError(
                f"Expected a Learner to guard; got {type(learner).__name__}. Try "
                "Guarded(onward.Learner(cell))."
            )
        looks = guards.influence and learner.parts.rule.propagates
        told = (("outlying", guards.outlying), ("loss", guards.loss), ("influence", looks))
        names = tuple(name for name, watches in told if watches)
        super().__init__(learner, guards, GuardedRecipe(guards, learner.parts), names)
        self._refuse(learner, guards)

    def around(self, state: LearnerState) -> LearnerState:
        fields = state.fields
        goes_back = "roll back" in self.settings.acts
        # Copies: a step consumes both.
        good = jax.tree.map(jnp.copy, weights_of(fields)) if goes_back else None
        history = History(jnp.zeros(8, self.dtype))
        return LearnerState(GuardedFields(fields, history, good))

    @staticmethod
    def _refuse(learner: Learner, guards: Guards) -> None:
        shapes, rule = learner.shapes.fields, learner.parts.rule
        if "clip" in guards.influence and rule.propagates:
            parts = jax.tree.leaves(shapes.carry, is_leaf=is_influence)
            if not any(map(is_influence, parts)):
                raise ValueError(
                    f"Expected a rule that carries an influence to clip; got {rule}. Try "
                    "influence='restart'."
                )
        if "lower" in guards.acts and not shapes.learning_rates:
            raise ValueError(
                "Expected a constant learning rate to lower; got an optimizer with its own. Try "
                "loss='roll back'."
            )
        if guards.outlying == "drop" and not learner.parts.guard:
            raise ValueError(
                "Expected a learner that looks for missing features, to drop outlying ones; got "
                "guard=False. Try Learner(guard=True)."
            )
