"""The learning loop: one sample in, one prediction out, one update. The only one there is."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Bool, Float, Gradients
from onward.algebra import materialise, squared_norm
from onward.cells import AbstractCell, derive
from onward.learning import admission
from onward.learning.state import LearnerFields, LearnerState, Ring, Sample, StepInfo
from onward.losses import AbstractLoss
from onward.optimizers import Optimizer
from onward.rules import AbstractRule
from onward.scales import AbstractScale


@dataclass(frozen=True, eq=False)
class Loop:
    """The pure functions of a learner: everything about it that is not an array.

    Two learners with equal settings have equal loops, so that they share compiled steps.
    """

    skeleton: tuple[Any, Any]
    rule: AbstractRule
    loss: AbstractLoss
    optimizer: Optimizer
    input_scale: AbstractScale
    target_scale: AbstractScale
    delay: int
    feedback: bool
    guard: bool

    def __post_init__(self):
        object.__setattr__(self, "_hash", hash(tuple(vars(self).values())))

    def __hash__(self) -> int:
        return vars(self)["_hash"]

    def __eq__(self, other: object) -> bool:
        # The same object nearly always: compiled steps are looked up by it at every call.
        return self is other or (isinstance(other, Loop) and vars(self) == vars(other))

    def step(
        self, state: LearnerState, x: Float[Array, " features"], y: Float[Array, " targets"]
    ) -> tuple[LearnerState, StepInfo]:
        """Predict from `x`, then learn from `y`, the label of the sample `delay` steps ago."""
        state, info, diverged = self.learn(state, x, y)
        return self.renew(state, diverged), info

    def learn(
        self, state: LearnerState, x: Float[Array, " features"], y: Float[Array, " targets"]
    ) -> tuple[LearnerState, StepInfo, Bool[Array, ""]]:
        """`step`, but for a carry that has diverged: last whether it has."""
        known = sizeable(y) & self.loss.admits(y)
        label = self.newest_label(state, y, known) if self.feedback else None
        scaled, input_scale, sound = self.assemble(state, x, label if self.delay else state.label)
        cell, readout = self.model(state.parameters)
        recurrent = cell(state.recurrent, scaled)
        carry = self.rule.advance(cell, state.carry, state.recurrent, scaled)
        output = readout(cell.emit(recurrent, scaled), scaled)
        prediction = self.loss.link(self.target_scale.restore(state.target_scale, output))

        stable = self.all_sizeable(recurrent)
        due, waiting = self.exchange(state, Sample(scaled, recurrent, carry, sound & stable))
        target_scale = self.target_scale.update(state.target_scale, y, known)
        target = self.target_scale.normalise(target_scale, y)
        loss, gradients, signal = self.gradients(state.parameters, due, target, known)
        # Without guards the norm is not looked at, and not computed.
        norm = jnp.sqrt(squared_norm(gradients if self.guard else (), loss.dtype))
        wanted, healthy = jnp.any(known) & due.usable, jnp.isfinite(norm)
        learnt = wanted & healthy & bool(self.rule.trains)
        parameters, optimizer = self.update(state, gradients, learnt)
        carry = self.adapt(cell, carry, due, signal, learnt)
        recurrent = self.restart(state, recurrent, stable)

        skipped = ~sound | ~stable | (wanted & ~healthy) | jnp.any(~known & ~jnp.isnan(y))
        events = jnp.stack([jnp.asarray(True), skipped, jnp.all(jnp.isnan(y)), learnt])
        after = LearnerFields(
            parameters=parameters,
            optimizer=optimizer,
            learning_rates=state.learning_rates,
            recurrent=recurrent,
            carry=carry if self.rule.propagates else None,
            waiting=waiting,
            input_scale=input_scale,
            target_scale=target_scale,
            label=label,
            key=state.key,
            counters=state.counters.add(events),
        )
        return (
            LearnerState(after),
            StepInfo(
                prediction=prediction,
                loss=jnp.where(wanted, loss, jnp.nan),
                gradient_norm=jnp.where(wanted, norm, jnp.nan),
                diagnostics=self.rule.report(carry).astype(loss.dtype),
                learnt=learnt,
                skipped=skipped,
            ),
            ~stable | (wanted & ~healthy),
        )

    def predict(
        self, state: LearnerState, x: Float[Array, " features"]
    ) -> Float[Array, " outputs"]:
        """What `step` would predict from `x`, without taking it."""
        scaled, _, _ = self.assemble(state, x, state.label)
        cell, readout = self.model(state.parameters)
        recurrent = cell(state.recurrent, scaled)
        output = readout(cell.emit(recurrent, scaled), scaled)
        return self.loss.link(self.target_scale.restore(state.target_scale, output))

    def model(self, parameters: dict[str, Any]) -> tuple[AbstractCell, Any]:
        """The cell and the readout with these parameters."""
        cell, readout = self.skeleton
        return eqx.combine(parameters["cell"], cell), eqx.combine(parameters["readout"], readout)

    def assemble(
        self,
        state: LearnerState,
        x: Float[Array, " features"],
        label: Float[Array, " width"] | None,
    ) -> tuple[Float[Array, " m"], Any, Bool[Array, ""]]:
        """The network's input, the input scale after it, and whether every feature is usable.

        A missing entry (a bad feature, feedback before the first label) stands at its mean.
        """
        raw = x if label is None else jnp.concatenate([x, label])
        if not self.guard and label is None:
            scale = self.input_scale.update(state.input_scale, raw, jnp.ones(raw.shape, bool))
            return self.input_scale.normalise(scale, raw), scale, jnp.asarray(True)
        present = sizeable(raw)
        scale = self.input_scale.update(state.input_scale, raw, present)
        scaled = self.input_scale.normalise(scale, jnp.where(present, raw, 0))
        return jnp.where(present, scaled, 0), scale, jnp.all(present[: x.shape[0]])

    def newest_label(
        self, state: LearnerState, y: Float[Array, " targets"], known: Bool[Array, " targets"]
    ) -> Float[Array, " width"]:
        """The newest label that has arrived, encoded; a missing target keeps its last value."""
        encoded = self.loss.encode(jnp.where(known, y, 0))
        return jnp.where(jnp.broadcast_to(known, encoded.shape), encoded, state.label)

    def exchange(self, state: LearnerState, now: Sample) -> tuple[Sample, Ring | None]:
        """Put a sample into the ring and take out the one whose label arrives now."""
        if state.waiting is None:
            return now, None
        place, kept = state.waiting.place, state.waiting.samples
        due = jax.tree.map(lambda ring: ring[place], kept)
        kept = jax.tree.map(lambda ring, new: ring.at[place].set(new), kept, now)
        return due, Ring(kept, (place + 1) % self.delay)

    def gradients(
        self,
        parameters: dict[str, Any],
        due: Sample,
        target: Float[Array, " targets"],
        known: Bool[Array, " targets"],
    ) -> tuple[Float[Array, ""], dict[str, Gradients], Any]:
        """The loss of a sample, its gradient (straight through the output, plus the rule's), and
        the loss's gradient by the sample's state."""
        trained = {part: parameters[part] for part in sorted(self.rule.trains)}

        def objective(trained: dict[str, Any], recurrent: Any) -> Float[Array, ""]:
            cell, readout = self.model({**parameters, **trained})
            output = readout(cell.emit(recurrent, due.x), due.x)
            return self.loss(output, target, known)

        loss, (direct, signal) = jax.value_and_grad(objective, (0, 1))(trained, due.state)
        if "cell" in trained:
            cell, _ = self.model(parameters)
            through = self.rule.credit(cell, due.carry, signal)
            admission.refuse_gradients(self.rule, through, parameters["cell"])
            if derive.reads_parameters(cell, due.state, due.x):
                through = jax.tree.map(jnp.add, direct["cell"], materialise(through))
            direct["cell"] = through
        return loss, direct, signal

    def adapt(
        self, cell: AbstractCell, carry: Any, due: Sample, signal: Any, learnt: Bool[Array, ""]
    ) -> Any:
        """The carry, after the rule itself has learnt where something was learnt."""
        if not self.rule.adapts:
            return carry
        adapted = partial(self.rule.adapt, cell, carry, due.carry, signal)
        return jax.lax.cond(learnt, adapted, lambda: carry)

    def update(
        self, state: LearnerState, gradients: dict[str, Gradients], learnt: Bool[Array, ""]
    ) -> tuple[dict[str, Any], Any]:
        """Parameters and optimizer state, moved where something was learnt."""

        def moved(part: str) -> tuple[dict[str, Any], Any]:
            before = {part: state.parameters[part]}, state.optimizer[part]

            def move() -> tuple[dict[str, Any], Any]:
                weights, optimizer = before
                written = {part: materialise(gradients[part])}
                return self.optimizer.step(state.learning_rates, optimizer, written, weights)

            return jax.lax.cond(learnt, move, lambda: before)

        # Branches, not selects: they work in place, and outer products are formed within them.
        # One for each part: XLA runs a short branch as it stands and schedules a long one.
        parts = {part: moved(part) for part in gradients}
        parameters = {part: weights[part] for part, (weights, _) in parts.items()}
        optimizer = {part: state for part, (_, state) in parts.items()}
        return {**state.parameters, **parameters}, optimizer

    def restart(self, state: LearnerState, recurrent: Any, stable: Bool[Array, ""]) -> Any:
        """The cell's state, from the start where it has diverged; nothing else recovers it."""
        if not self.guard:
            return recurrent
        start = self.model(state.parameters)[0].init_state()
        return jax.tree.map(lambda new, old: jnp.where(stable, new, old), recurrent, start)

    def renew(self, state: LearnerState, diverged: Bool[Array, ""]) -> LearnerState:
        """The state after `learn`, with the rule's carry afresh where something has diverged."""
        if not (self.guard and self.rule.propagates):
            return state
        cell, _ = self.model(state.parameters)

        def fresh() -> Any:
            key = jax.random.fold_in(jax.random.wrap_key_data(state.key), state.counters.samples)
            x = jnp.zeros(cell.input_size, cell.dtype)
            return self.rule.init(cell, cell.init_state(), x, key)

        # A loop of no turn or one, not a branch: a branch would copy the carry to pass it on.
        _, carry = jax.lax.while_loop(
            lambda pair: pair[0],
            lambda pair: (jnp.zeros_like(pair[0]), fresh()),
            (diverged, state.carry),
        )
        return state.replace(carry=carry)

    def all_sizeable(self, state: Any) -> Bool[Array, ""]:
        """Whether the whole state is sizeable; taken for granted without guards."""
        if not self.guard:
            return jnp.asarray(True)
        return jnp.all(jnp.stack([jnp.all(sizeable(leaf)) for leaf in jax.tree.leaves(state)]))


def sizeable(value: Float[Array, "..."]) -> Bool[Array, "..."]:
    """Where a number is finite and its square is too, with room to sum many of them."""
    return jnp.abs(value) < size_limit(value.dtype)


def size_limit(dtype: Any) -> float:
    """Below this a number is usable: some 1e17 in float32."""
    return float(jnp.finfo(dtype).max) ** 0.5 / 64
