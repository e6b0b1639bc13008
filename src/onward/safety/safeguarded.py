"""A learner beside a frozen copy of itself, which takes over while learning does harm."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Bool
from onward.learning import blocks, loop
from onward.learning.initial import initial_state
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.parts import Parts
from onward.learning.state import LearnerFields, LearnerState
from onward.mixtures.sessions import session_begun
from onward.rules import Frozen
from onward.safety.around import Around, PlainRecipe, Step, weights_of, with_flags
from onward.safety.balance import Balance, Loss, Safeguard, weighed
from onward.safety.guarded import Guarded, GuardedFields, GuardedRecipe


class SafeguardedFields(eqx.Module):
    """What the `LearnerState` of a safeguarded learner holds.

    Attributes:
        learner: the fields of the learner's own.
        frozen: those of the copy, whose weights stay.
        balance: how they stand.
        good: the weights to go back to, with what the optimizer remembers.
    """

    learner: Any
    frozen: LearnerFields
    balance: Balance
    good: Any


@dataclass(frozen=True)
class SafeguardedRecipe:
    """Both sides of the comparison, and when one takes over."""

    safeguard: Safeguard
    parts: Parts
    adaptive: PlainRecipe | GuardedRecipe
    frozen: PlainRecipe
    targets: int

    def stepper(self, kernel: bool) -> Step:
        """A step; see `Recipe`."""
        adaptive, frozen = self.adaptive.stepper(kernel), self.frozen.stepper(kernel)

        def step(state: LearnerState, seen: Observation) -> tuple[LearnerState, Array]:
            fields = state.fields
            within = LearnerState(fields.learner)
            # The two are compared by the same labels: none that a guard keeps from one of them.
            copy, other = frozen(LearnerState(fields.frozen), self.adaptive.let_in(within, seen))
            moved, packed = adaptive(within, seen)
            outputs = _outputs(packed, other)
            falls = self._falls(fields.balance, packed[:outputs])
            losses = _loss(packed, self.targets), _loss(other, self.targets)
            balance, back, keep = weighed(self.safeguard, fields.balance, falls, *losses)
            core = _core(moved.fields)
            keep = keep & (core.counters.samples % self.safeguard.window == 0)
            # Good weights may be of labels that lied. The copy's are good for certain.
            again = back & (fields.balance.values[3] > 0)
            sure = fields.frozen.parameters
            core, good = self._put_back(core, fields.good, sure, (back, again, keep))
            told = jnp.where(falls, other[:outputs], packed[:outputs])
            had = jnp.where(falls, other[outputs : 2 * outputs], packed[outputs : 2 * outputs])
            # The loss is that of the prediction told; the last entry says that all of it is there.
            loss = jnp.where(falls, other[-6], packed[-6])
            whole = jnp.where(falls, other[-1], packed[-1])
            report = jnp.concatenate(
                [told, had, packed[2 * outputs : -6], loss[None], packed[-5:-1], whole[None]]
            )
            after = SafeguardedFields(_with_core(moved.fields, core), copy.fields, balance, good)
            return LearnerState(after), with_flags(report, jnp.stack([falls, back]))

        return step

    def peek(self, state: LearnerState, seen: Observation) -> Array:
        """The next prediction; see `Recipe`."""
        fields = state.fields
        within = LearnerState(fields.learner)
        own = self.adaptive.peek(within, seen)
        shown = self.adaptive.let_in(within, seen)
        other = self.frozen.peek(LearnerState(fields.frozen), shown)
        return jnp.where(self._falls(fields.balance, own[0]), other, own)

    def fits(self, shapes: LearnerState, seen: Observation) -> bool:
        """Whether the step is better as one kernel for either side; see `Recipe`."""
        fields = shapes.fields
        adaptive = self.adaptive.fits(LearnerState(fields.learner), seen)
        return adaptive and self.frozen.fits(LearnerState(fields.frozen), seen)

    def _falls(self, balance: Balance, prediction: Array) -> Bool[Array, ""]:
        """Whether the frozen prediction is told: it is in use, or there is no other."""
        return (balance.values[3] > 0) | ~jnp.all(jnp.isfinite(prediction))

    def _put_back(
        self, core: LearnerFields, good: Any, sure: Any, flags: tuple[Bool[Array, ""], ...]
    ) -> tuple[LearnerFields, Any]:
        """The learner put back to good weights, or its weights kept as such.

        Args:
            core: of the learner.
            good: what to go back to.
            sure: the copy's weights.
            flags: whether the learner is put back, whether to the copy's weights, and whether its
                own are kept.
        """
        back, again, keep = flags

        def pick(flag: Bool[Array, ""], new: Any, old: Any) -> Any:
            return jax.tree.map(lambda one, other: jnp.where(flag, one, other), new, old)

        def act(now: dict[str, Any], good: Any) -> tuple[dict[str, Any], Any]:
            good = {**good, "parameters": pick(again, sure, good["parameters"])}
            weights = {name: now[name] for name in good}
            fresh = self.parts.model(good["parameters"])[0].init_state()
            after = {
                **pick(back, good, weights),
                "recurrent": pick(back, fresh, now["recurrent"]),
            }
            return after, pick(keep, weights, good)

        now = {**weights_of(core), "recurrent": core.recurrent}
        # A loop of no turn or one, as in `loop`: a branch would copy what it passes on.
        _, (after, good) = jax.lax.while_loop(
            lambda pair: pair[0],
            lambda pair: (jnp.zeros_like(pair[0]), act(*pair[1])),
            (back | keep, (now, good)),
        )
        inner = LearnerState(dataclasses.replace(core, **after))
        if self.parts.rule.propagates:
            inner = loop.renew(self.parts, inner, back)
        return blocks.dropped(inner, back).fields, good


def _loss(packed: Array, targets: int) -> Loss:
    loss = packed[-6] / targets
    return (packed[-4] > 0) & jnp.isfinite(loss), loss


def _outputs(packed: Array, other: Array) -> int:
    # The copy's rule reports nothing: predictions, whether there are any, and six numbers.
    return (other.size - 6) // 2


def _core(fields: Any) -> LearnerFields:
    return fields.learner if isinstance(fields, GuardedFields) else fields


def _with_core(fields: Any, core: LearnerFields) -> Any:
    guarded = isinstance(fields, GuardedFields)
    return dataclasses.replace(fields, learner=core) if guarded else core


class Safeguarded(Around):
    """A learner beside a frozen copy of itself; the better one predicts.

    The copy has the weights from which the learner starts, moves its own state and scales with the
    samples, and never learns. With l the loss of the learner, f that of the copy, and a = 1/window,
    of every label

        D ← max(-margin, (1 - a) D + a (l - f where the learner's prediction was told, else 0))

    Where D > margin, the learner goes back to its last good weights, and the copy's predictions are
    told from the next sample on. The learner goes on learning beside it, and takes over once it has
    lost no more than the copy over a window; where it still loses more, it is put back to the
    copy's own weights. So D never exceeds the margin by more than a times the largest l - f of one
    label. Weights are good where the learner has lost no more than the copy; they are kept in
    memory every `window` samples.

    Until something is put back, it learns and predicts as the learner alone does, to the bit. In
    `StepInfo.diagnostics` "fallback" is 1 where the copy's prediction is told, and "put back" where
    the learner has gone back; `reports` has the names. With late labels, the prediction that is in
    use when a label comes counts.

    Cost: a prediction more a sample. Memory: the weights twice more, what the optimizer remembers
    once more, and the copy's state.

    Args:
        learner: a `Learner` or a `Guarded` one. Load or pre-train it first: an untrained copy is no
            use.
        safeguard: when it is put back; `Safeguard()` by default.

    Raises:
        ValueError: something else than a learner.
    """

    kind = Safeguard

    def __init__(self, learner: Learner | Guarded, safeguard: Safeguard | None = None):
        safeguard = Safeguard() if safeguard is None else safeguard
        if not isinstance(learner, Learner | Guarded):
            raise ValueError(
                f"Expected a Learner, or a Guarded one; got {type(learner).__name__}. Try "
                "Safeguarded(onward.Learner(cell))."
            )
        parts = learner.parts
        self._still = dataclasses.replace(parts, rule=Frozen(), every=1)
        guarded = isinstance(learner, Guarded)
        adaptive = GuardedRecipe(learner.settings, parts) if guarded else PlainRecipe(parts)
        recipe = SafeguardedRecipe(
            safeguard, parts, adaptive, PlainRecipe(self._still), learner.targets
        )
        super().__init__(learner, safeguard, recipe, ("fallback", "put back"))

    def begin_session(self, state: LearnerState) -> LearnerState:
        after = super().begin_session(state)
        frozen = session_begun(self._still, LearnerState(state.fields.frozen)).fields
        return LearnerState(dataclasses.replace(after.fields, frozen=frozen))

    def around(self, state: LearnerState) -> LearnerState:
        core = _core(state.fields)
        copied = jax.tree.map(jnp.copy, core)
        new = initial_state(
            self._still, core.parameters, self.features, self.targets, jax.random.key(0)
        ).fields
        waiting = copied.waiting
        if waiting is not None:
            # What the rule alone asks for: the copy's has none of it.
            empty = new.waiting.samples
            samples = dataclasses.replace(waiting.samples, carry=empty.carry, first=empty.first)
            waiting = dataclasses.replace(waiting, samples=samples)
        frozen = dataclasses.replace(
            copied,
            optimizer=new.optimizer,
            learning_rates=new.learning_rates,
            carry=new.carry,
            block=None,
            waiting=waiting,
            key=new.key,
        )
        good = jax.tree.map(jnp.copy, weights_of(core))
        balance = Balance(jnp.zeros(4, self.dtype))
        return LearnerState(SafeguardedFields(state.fields, frozen, balance, good))
