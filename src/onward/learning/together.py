"""What a mixture does with a sample, beside its learners: forecasts, mixing, late labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward._typing import Array, Bool, Float
from onward.forecasters import AbstractForecaster, LastLabel
from onward.learning.info import Report
from onward.learning.loop import weighed
from onward.learning.sizes import sizeable
from onward.learning.state import Ring
from onward.losses import AbstractLoss
from onward.mixing import Ledger, Mixing, MixingState, Opinions, Spoken


@dataclass(frozen=True)
class Table:
    """Everything about a mixture that is not an array, beside its learners.

    Attributes:
        forecasters: those of its members that look at labels alone.
        mixing: how all are weighed.
        loss: of its learners.
        targets: numbers per label.
        delay: steps between a sample and its label.
        learns: whether the mixing goes on learning.
    """

    forecasters: tuple[AbstractForecaster, ...]
    mixing: Mixing
    loss: AbstractLoss
    targets: int
    delay: int
    learns: bool

    @property
    def classes(self) -> bool:
        """Whether labels are classes."""
        return self.loss.categorical

    @property
    def outputs(self) -> int:
        """Numbers in a prediction."""
        return self.loss.outputs(self.targets)


class Heard(NamedTuple):
    """A sample as a mixture's own part of it needs it.

    Attributes:
        y: the label that arrives now, shape (targets,).
        weight: as in `Observation`; None for 1.
        start: as in `Observation`; None for no.
        said: predictions of the learners, shape (learners, outputs).
        there: which numbers of them there are, of the same shape.
    """

    y: Any
    weight: Any
    start: Any
    said: Any
    there: Any


class Around(eqx.Module):
    """A mixture's own state, beside its learners'.

    Attributes:
        forecasters: the state of each.
        forecasts: of the next sample, where labels come with their own samples; None without
            forecasters.
        begun: which outputs have had a label.
        mixing: what has been learnt of the members.
        waiting: what was made of the samples that wait for their label; None without delay.
        ledger: what every member has lost, and the mixture.
    """

    forecasters: tuple[Any, ...]
    forecasts: Float[Array, "forecasters outputs"] | None
    begun: Bool[Array, " outputs"]
    mixing: MixingState
    waiting: Ring | None
    ledger: Ledger


def initial(table: Table, learners: int, dtype: Any) -> Around:
    """The state before the first sample; pure, to be traced for its shapes."""
    outputs, ahead = table.outputs, max(table.delay, 1)
    states = tuple(each.init(outputs, dtype, ahead) for each in table.forecasters)
    members = learners + len(states)
    mixing = table.mixing.init(members, outputs, dtype, favourite(table, learners))
    nobody = Opinions(jnp.zeros((members, outputs), dtype), jnp.zeros(members, bool))
    around = Around(
        forecasters=states,
        forecasts=jnp.zeros((len(states), outputs), dtype) if states else None,
        begun=jnp.zeros(outputs, bool),
        mixing=mixing,
        waiting=None,
        ledger=Ledger.empty(members, dtype),
    )
    if table.delay:
        _, spoken = table.mixing.speak(mixing, nobody, table.classes)
        samples = jax.tree.map(
            lambda leaf: jnp.zeros((table.delay, *leaf.shape), leaf.dtype), spoken
        )
        ring = Ring(samples, jnp.zeros((), jnp.int32))
        around = eqx.tree_at(
            lambda one: one.waiting, around, ring, is_leaf=lambda leaf: leaf is None
        )
    return jax.tree.map(jnp.copy, around)


def favourite(table: Table, learners: int) -> int | None:
    """The last label, if it is among the members."""
    kinds = [type(each) for each in table.forecasters]
    return learners + kinds.index(LastLabel) if LastLabel in kinds else None


def step(table: Table, around: Around, heard: Heard) -> tuple[Around, Array]:
    """Predict from what the members say, then learn from the label that has come."""
    known = sizeable(heard.y) & table.loss.admits(heard.y)
    label = table.loss.encode(jnp.where(known, heard.y, 0))
    there = jnp.broadcast_to(known, label.shape)
    opinions, predicted, forecasters, forecasts = _opinions(table, around, heard, label, there)
    prediction, spoken = table.mixing.speak(around.mixing, opinions, table.classes)
    due, waiting = _exchange(table, around, spoken)
    usable, counted = weighed(known, heard.weight)
    given = jnp.broadcast_to(counted, label.shape)
    wanted = jnp.any(counted) & jnp.any(due.opinions.there)
    weight = jnp.ones((), label.dtype) if heard.weight is None else heard.weight
    weight = jnp.where(wanted, weight, 0)
    mixing = around.mixing
    if table.learns:
        rate = 1 / max(table.delay, 1)
        mixing = table.mixing.learn(mixing, due, label, given, weight, table.classes, rate)
    losses = table.mixing.losses(mixing, due, label, given, table.classes)
    loss = table.mixing.loss(around.mixing, due, label, given, table.classes)
    skipped = ~usable | jnp.any(~known & ~jnp.isnan(heard.y))
    report = Report(
        prediction=prediction,
        predicted=predicted,
        loss=loss,
        gradient_norm=jnp.zeros_like(loss),
        wanted=wanted,
        learnt=wanted & table.learns,
        skipped=skipped,
        diagnostics=table.mixing.trust(around.mixing, opinions.there),
    )
    after = Around(
        forecasters=forecasters,
        forecasts=forecasts,
        begun=around.begun | there,
        mixing=mixing,
        waiting=waiting,
        ledger=around.ledger.add(losses, weight),
    )
    return after, report.pack()


def predict(table: Table, around: Around, heard: Heard) -> Array:
    """What `step` would predict, and where there is a prediction, side by side."""
    known = sizeable(heard.y) & table.loss.admits(heard.y)
    label = table.loss.encode(jnp.where(known, heard.y, 0))
    there = jnp.broadcast_to(known, label.shape)
    opinions, predicted, _, _ = _opinions(table, around, heard, label, there)
    prediction, _ = table.mixing.speak(around.mixing, opinions, table.classes)
    return jnp.stack([prediction, predicted.astype(prediction.dtype)])


def _opinions(
    table: Table,
    around: Around,
    heard: Heard,
    label: Float[Array, " outputs"],
    there: Bool[Array, " outputs"],
) -> tuple[Opinions, Bool[Array, " outputs"], tuple[Any, ...], Array | None]:
    """What all members say of this sample, and which outputs anybody does; the forecasters after
    the label, and what they say then.

    Where labels come with their own samples, a forecast was made after the label before. It is
    made anew where a sequence begins.
    """
    states, before = around.forecasters, around.forecasts
    start = heard.start
    if start is not None:
        begun = tuple(
            jax.tree.map(lambda new, old: jnp.where(start, new, old), each.begin(held), held)
            for each, held in zip(table.forecasters, states, strict=True)
        )
        states, before = begun, _forecasts(table, begun)
    after = tuple(
        each.update(held, label, there)
        for each, held in zip(table.forecasters, states, strict=True)
    )
    forecasts = _forecasts(table, after)
    made, begun = (forecasts, around.begun | there) if table.delay else (before, around.begun)
    said, told = heard.said, heard.there
    if made is not None:
        said = jnp.concatenate([said, made])
        told = jnp.concatenate([told, jnp.broadcast_to(begun, made.shape)])
    # A member that has run off in one output is not heard at all.
    present = jnp.any(told, axis=1) & jnp.all(~told | sizeable(said), axis=1)
    told = told & present[:, None]
    opinions = Opinions(jnp.where(told, said, 0), present)
    return opinions, jnp.any(told, axis=0), after, forecasts


def _forecasts(table: Table, states: tuple[Any, ...]) -> Array | None:
    ahead = max(table.delay, 1)
    made = [
        each.forecast(held, ahead) for each, held in zip(table.forecasters, states, strict=True)
    ]
    return jnp.stack(made) if made else None


def _exchange(table: Table, around: Around, now: Spoken) -> tuple[Spoken, Ring | None]:
    """Put what was said into the ring, and take out what was said of the sample now labelled."""
    if around.waiting is None:
        return now, None
    place, kept = around.waiting.place, around.waiting.samples
    due = jax.tree.map(lambda ring: ring[place], kept)
    kept = jax.tree.map(lambda ring, new: ring.at[place].set(new), kept, now)
    return due, Ring(kept, (place + 1) % table.delay)


def heard_rows(seen: Any, said: Sequence[Any]) -> Heard:
    """Samples with what each learner has said of them, an axis of time first."""
    xp = jnp if any(isinstance(one, jax.Array) for one in said) else np
    opinions = xp.stack(said, axis=-2)
    there = xp.isfinite(opinions)
    return Heard(seen.y, seen.weight, seen.start, xp.where(there, opinions, 0), there)
