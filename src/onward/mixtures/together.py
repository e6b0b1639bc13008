"""What a mixture does with a sample, beside its learners: forecasts, mixing, late labels."""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from onward._typing import Array, Bool, Float
from onward.learning.info import Report
from onward.learning.loop import weighed
from onward.learning.sizes import sizeable
from onward.learning.state import exchanged
from onward.mixing import Ledger, MixingState, Opinions, Spoken
from onward.mixtures.table import Around, Heard, Table


def step(
    table: Table, around: Around, heard: Heard, believed: Array | None = None
) -> tuple[Around, Array]:
    """Predict from what the members say, then learn from the label that has come.

    Args:
        table: of the mixture.
        around: the state before the sample.
        heard: of the sample.
        believed: encoded, what forecasters are told in place of a label that is not known, NaN
            where there is nothing. Without delay it is the prediction itself, and this is not
            read. None where they are told nothing.
    """
    label, there = newest(table, heard.y)
    told = (label, there) if believed is None else _believing(label, there, believed)
    opinions, predicted, forecasters, forecasts = _opinions(table, around, heard, *told)
    prediction, spoken = table.mixing.speak(around.mixing, opinions, table.classes)
    if believed is not None and not table.delay:
        told = _believing(label, there, jnp.where(predicted, prediction, jnp.nan))
        _, _, forecasters, forecasts = _opinions(table, around, heard, *told)
    due, waiting = exchanged(around.waiting, spoken)
    mixing, ledger, report = _learnt(table, around, due, heard)
    report = report._replace(
        prediction=prediction,
        predicted=predicted,
        diagnostics=table.mixing.trust(around.mixing, opinions.there),
    )
    after = Around(
        forecasters=forecasters,
        forecasts=forecasts,
        begun=around.begun | told[1],
        mixing=mixing,
        waiting=waiting,
        ledger=ledger,
    )
    return after, report.pack()


def speak(table: Table, around: Around, heard: Heard) -> tuple[Array, Spoken]:
    """What `step` would predict, and where there is a prediction, side by side; and what is kept
    of it until the label has come."""
    opinions, predicted, _, _ = _opinions(table, around, heard, *newest(table, heard.y))
    prediction, spoken = table.mixing.speak(around.mixing, opinions, table.classes)
    return jnp.stack([prediction, predicted.astype(prediction.dtype)]), spoken


def credit(table: Table, around: Around, spoken: Spoken, heard: Heard) -> tuple[Around, Array]:
    """Learn from the label of a sample that was spoken of before; no sample comes with it.

    The time of forecasters is that of the labels that have come.
    """
    label, there = newest(table, heard.y)
    opinions, predicted, forecasters, forecasts = _opinions(table, around, heard, label, there)
    mixing, ledger, report = _learnt(table, around, spoken, heard)
    trust = table.mixing.trust(around.mixing, opinions.there)
    report = report._replace(predicted=predicted, diagnostics=trust)
    begun = around.begun | there
    after = Around(forecasters, forecasts, begun, mixing, around.waiting, ledger)
    return after, report.pack()


def newest(table: Table, y: Float[Array, " targets"]) -> tuple[Array, Array]:
    """A label encoded, and which of it is known."""
    known = sizeable(y) & table.loss.admits(y)
    label = table.loss.encode(jnp.where(known, y, 0))
    return label, jnp.broadcast_to(known, label.shape)


def _believing(label: Array, there: Array, believed: Array) -> tuple[Array, Array]:
    """A label with what is believed where it is not known."""
    finite = jnp.isfinite(believed)
    return jnp.where(there | ~finite, label, believed), there | finite


def _learnt(
    table: Table, around: Around, due: Spoken, heard: Heard
) -> tuple[MixingState, Ledger, Report]:
    """The mixing and the ledger after a label of what was spoken of before, and a report of it."""
    known = sizeable(heard.y) & table.loss.admits(heard.y)
    label, _ = newest(table, heard.y)
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
    return (
        mixing,
        around.ledger.add(losses, weight),
        Report(
            prediction=jnp.zeros_like(label),
            predicted=given,
            loss=losses[-1],
            gradient_norm=jnp.zeros_like(losses[-1]),
            wanted=wanted,
            learnt=wanted & table.learns,
            skipped=~usable | jnp.any(~known & ~jnp.isnan(heard.y)),
            diagnostics=jnp.zeros(0, label.dtype),
        ),
    )


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
        states, before = _begun(table, around, start)
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


def begin(table: Table, around: Around) -> Around:
    """The state where a sequence begins: forecasters begin it, the weighing of members goes on."""
    states, forecasts = _begun(table, around, jnp.asarray(True))
    return dataclasses.replace(around, forecasters=states, forecasts=forecasts)


def _begun(
    table: Table, around: Around, start: Bool[Array, ""]
) -> tuple[tuple[Any, ...], Array | None]:
    """The forecasters where a sequence may begin, and what they say then."""
    begun = tuple(
        jax.tree.map(partial(jnp.where, start), each.begin(held), held)
        for each, held in zip(table.forecasters, around.forecasters, strict=True)
    )
    return begun, _forecasts(table, begun)


def _forecasts(table: Table, states: tuple[Any, ...]) -> Array | None:
    ahead = max(table.delay, 1)
    made = [
        each.forecast(held, ahead) for each, held in zip(table.forecasters, states, strict=True)
    ]
    return jnp.stack(made) if made else None


def heard_rows(seen: Any, said: Sequence[Any]) -> Heard:
    """Samples with what each learner has said of them, an axis of time first."""
    xp = jnp if any(isinstance(one, jax.Array) for one in said) else np
    opinions = xp.stack(said, axis=-2)
    there = xp.isfinite(opinions)
    return Heard(seen.y, seen.weight, seen.start, xp.where(there, opinions, 0), there)
