"""The two controls: nothing learns, or only the readout does."""

from typing import ClassVar

import jax
import jax.numpy as jnp

from onward._typing import Array, Float, Gradients, PRNGKeyArray, State
from onward.cells.base import AbstractCell
from onward.rules.base import AbstractRule, Carry, Exactness


class AbstractControl(AbstractRule):
    """A rule that gives the cell no credit and keeps nothing."""

    propagates: ClassVar[bool] = False
    cost: ClassVar[str] = "time 0, memory 0"

    def init(
        self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray
    ) -> tuple[()]:
        return ()

    def advance(
        self, cell: AbstractCell, carry: Carry, state_prev: State, x: Float[Array, " m"]
    ) -> tuple[()]:
        return ()

    def credit(self, cell: AbstractCell, carry: tuple[()], signal: State) -> Gradients:
        return jax.tree.map(jnp.zeros_like, cell.parameters())

    def exactness(self, cell: AbstractCell) -> Exactness:
        return "biased"


class Frozen(AbstractControl):
    """Nothing learns: the control that every adaptation is measured against.

    Cost: nothing beyond the forward pass. Exactness: biased (the gradient is zero).
    """

    trains: ClassVar[frozenset[str]] = frozenset()


class ReadoutOnly(AbstractControl):
    """The readout learns on a fixed random network: the control that says what the cell adds.

    Cost: the readout's gradient. Exactness: biased (the cell's gradient is zero); the readout's
    own gradient is exact. Jaeger (2001), echo state networks.
    """

    trains: ClassVar[frozenset[str]] = frozenset({"readout"})
