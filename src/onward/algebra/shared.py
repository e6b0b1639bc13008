"""An influence of which only some rows are kept."""

from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Float, Gradients, Int
from onward.algebra.blocks import in_blocks
from onward.algebra.influence import AbstractInfluence, Full, mix, with_zeros
from onward.algebra.jacobian import AbstractJacobian


class Shared(eqx.Module):
    """P_t when credit passes through the same k state components for every row.

    Only the k rows that are read again are kept: P_t = J_t[:, support] P_{t-1}[support] + B_t.
    Memory (k + 1)·p + N·k for a local B; the step costs k²·p operations and the pull k·p. The
    kept rows move in place, some columns at a time, and of B only what is not zero is written.

    Attributes:
        leaves: P_{t-1}[support], leaves (k, *parameter).
        columns: J_t[:, support].
        immediate: B_t.
    """

    leaves: Any
    columns: Float[Array, "N k"]
    immediate: AbstractInfluence

    def step(
        self,
        support: Int[Array, " k"],
        jacobian: AbstractJacobian,
        immediate: AbstractInfluence,
    ) -> "Shared":
        """P_{t+1} through the components `support` of P_t."""
        through = partial(mix, self.columns[support])
        kept = jax.tree.map(partial(in_blocks, through), self.leaves)
        rows = self.immediate.add_to(kept, support)
        return Shared(rows, jacobian.materialise()[:, support], immediate)

    def pull(self, signal: Float[Array, " N"]) -> Gradients:
        """signalᵀ P_t, a tree of the parameters' shapes."""
        propagated = with_zeros(mix(signal @ self.columns, self.leaves))
        return jax.tree.map(jnp.add, propagated, self.immediate.pull(signal))

    def full(self) -> Full:
        """The same influence with every row written out."""
        return Full(mix(self.columns, self.leaves)).add(self.immediate)
