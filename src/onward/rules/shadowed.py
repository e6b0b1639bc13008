"""A rule watched by another one."""

from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from onward._checks import check_kind
from onward._typing import Array, Float, Gradients, PRNGKeyArray, State, UInt32
from onward.algebra import materialise
from onward.cells.base import AbstractCell
from onward.rules.base import AbstractRule, Carry, Exactness
from onward.rules.immediate import Immediate
from onward.rules.rtrl import RTRL


class ShadowedCarry(NamedTuple):
    """Both rules' carries, how well the last two gradients agreed, and a key for restarts."""

    own: Carry
    shadow: Carry
    agreement: Float[Array, "2"]
    key: UInt32[Array, "2"]


class Shadowed(AbstractRule):
    """Trains with `rule` and reports how its gradient agrees with that of `shadow`, live.

        cosine = g·e / (|g| |e|),   norm ratio = |g| / |e|

    with g and e the two rules' gradients of the cell's parameters through the state, at the
    newest label that was learnt from. Both are NaN before the first one, and where a gradient
    is zero. Training is that of `rule` alone. A shadow that has diverged starts afresh.

    Cost: both rules', and the rule's credit once more. Exactness: that of `rule`.

    Args:
        rule: trains.
        shadow: is compared with; an exact one to measure a bias.
    """

    rule: AbstractRule = Immediate()
    shadow: AbstractRule = RTRL()
    cost: ClassVar[str] = "time and memory of both rules"

    def __check_init__(self):
        check_kind("rule", self.rule, AbstractRule, "rule=Immediate()")
        check_kind("shadow", self.shadow, AbstractRule, "shadow=RTRL()")
        if "cell" not in self.shadow.trains:
            raise ValueError(
                "Expected a shadow that gives the cell a gradient; got "
                f"{type(self.shadow).__name__}. Try shadow=RTRL()."
            )

    # Of the instance here, because they are those of the wrapped rule.
    @property
    def trains(self) -> frozenset[str]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.rule.trains

    @property
    def reports(self) -> tuple[str, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return (*self.rule.reports, "cosine", "norm_ratio")

    def init(
        self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray
    ) -> ShadowedCarry:
        other = jax.random.fold_in(key, 1)
        return ShadowedCarry(
            self.rule.init(cell, state, x, key),
            self.shadow.init(cell, state, x, other),
            jnp.full(2, jnp.inf, cell.dtype),
            jax.random.key_data(other),
        )

    def advance(
        self, cell: AbstractCell, carry: ShadowedCarry, state_prev: State, x: Float[Array, " m"]
    ) -> ShadowedCarry:
        return carry._replace(
            own=self.rule.advance(cell, carry.own, state_prev, x),
            shadow=self.shadow.advance(cell, carry.shadow, state_prev, x),
        )

    def credit(self, cell: AbstractCell, carry: ShadowedCarry, signal: State) -> Gradients:
        return self.rule.credit(cell, carry.own, signal)

    def refuse(self, cell: AbstractCell) -> None:
        self.rule.refuse(cell)
        self.shadow.refuse(cell)

    def exactness(self, cell: AbstractCell) -> Exactness:
        return self.rule.exactness(cell)

    def adapt(
        self, cell: AbstractCell, carry: ShadowedCarry, due: ShadowedCarry, signal: State
    ) -> ShadowedCarry:
        own = ravel_pytree(materialise(self.rule.credit(cell, due.own, signal)))[0]
        other = ravel_pytree(materialise(self.shadow.credit(cell, due.shadow, signal)))[0]
        own_norm, norm = jnp.linalg.norm(own), jnp.linalg.norm(other)
        adapted = self.shadow.adapt(cell, carry.shadow, due.shadow, signal)

        def afresh() -> Carry:
            x, key = jnp.zeros(cell.input_size, cell.dtype), jax.random.wrap_key_data(carry.key)
            return self.shadow.init(cell, cell.init_state(), x, key)

        return carry._replace(
            own=self.rule.adapt(cell, carry.own, due.own, signal),
            shadow=jax.lax.cond(jnp.isfinite(norm), lambda: adapted, afresh),
            agreement=jnp.stack(
                [_divided(jnp.dot(own, other), own_norm * norm), _divided(own_norm, norm)]
            ),
        )

    def report(self, carry: ShadowedCarry) -> Float[Array, " reports"]:
        return jnp.concatenate([self.rule.report(carry.own), carry.agreement])


def _divided(above: Array, below: Array) -> Array:
    """The quotient, infinite where the divisor is zero."""
    return jnp.where(below > 0, above / jnp.where(below > 0, below, 1), jnp.inf)
