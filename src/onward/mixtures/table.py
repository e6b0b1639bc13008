"""What a mixture is made of beside its learners, and its state before the first sample."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Bool, Float
from onward.forecasters import AbstractForecaster, LastLabel
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


class Samples(NamedTuple):
    """What a mixture keeps of a sample until its label has come.

    Attributes:
        members: of each learner.
        spoken: what was made of all opinions.
    """

    members: tuple[Any, ...]
    spoken: Spoken


def initial(table: Table, learners: int, dtype: Any) -> Around:
    """The state before the first sample; pure, to be traced for its shapes."""
    outputs, ahead = table.outputs, max(table.delay, 1)
    states = tuple(each.init(outputs, dtype, ahead) for each in table.forecasters)
    members = learners + len(states)
    mixing = table.mixing.init(members, outputs, dtype, leant_to(table, learners))
    around = Around(
        forecasters=states,
        forecasts=jnp.zeros((len(states), outputs), dtype) if states else None,
        begun=jnp.zeros(outputs, bool),
        mixing=mixing,
        waiting=None,
        ledger=Ledger.empty(members, dtype),
    )
    if table.delay:
        samples = jax.tree.map(
            lambda leaf: jnp.zeros((table.delay, *leaf.shape), leaf.dtype),
            unsaid(table, learners, dtype),
        )
        ring = Ring(samples, jnp.zeros((), jnp.int32))
        around = eqx.tree_at(
            lambda one: one.waiting, around, ring, is_leaf=lambda leaf: leaf is None
        )
    return jax.tree.map(jnp.copy, around)


def unsaid(table: Table, learners: int, dtype: Any) -> Spoken:
    """What is kept of a sample of which nobody has said anything."""
    members, outputs = learners + len(table.forecasters), table.outputs
    nobody = Opinions(jnp.zeros((members, outputs), dtype), jnp.zeros(members, bool))
    state = table.mixing.init(members, outputs, dtype)
    spoken = jax.eval_shape(lambda: table.mixing.speak(state, nobody, table.classes)[1])
    return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), spoken)


def leant_to(table: Table, learners: int) -> int | None:
    """The last label, if it is among the members."""
    kinds = [type(each) for each in table.forecasters]
    return learners + kinds.index(LastLabel) if LastLabel in kinds else None
