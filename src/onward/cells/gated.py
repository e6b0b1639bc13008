"""The common shape of gated cells: matrices mix units, everything after them is unit-wise."""

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Float, Gradients, State
from onward.algebra import Gated, Local, RankOne, Unitwise
from onward.cells import derive
from onward.cells.base import AbstractCell


class AbstractGatedCell(AbstractCell):
    """s_t = gate(R h_{t-1}, W x_t, s_{t-1}) with `gate` acting on each unit by itself.

    h is the first slot of the state; each leaf of the state is a slot of shape (n,). To add a
    gated cell write `init_state` and `gate`; J (matrix columns on h plus a unit-wise part) and
    the local B follow from tangents of ones through `gate`, exactly.

    Attributes:
        recurrent: R, shape (G, n, n) for G gates, or (n, n).
        input: W, shape (G, n, m), or (n, m).
        bias: any number of unit vectors, shape (B, n), or (n,).
    """

    recurrent: eqx.AbstractVar[Array]
    input: eqx.AbstractVar[Array]
    bias: eqx.AbstractVar[Array]

    @abstractmethod
    def gate(self, recurrent: Array, driven: Array, state_prev: State) -> State:
        """The unit-wise update from R h (G, n), W x (G, n) and the previous state."""

    def __call__(self, state_prev: State, x: Float[Array, " m"]) -> State:
        hidden = jax.tree.leaves(state_prev)[0]
        return self.gate(self.recurrent @ hidden, self.input @ x, state_prev)

    def jacobian(self, state_prev: State, x: Float[Array, " m"]) -> Gated:
        driven = self.input @ x
        slots, tree = jax.tree.flatten(state_prev)
        matrices = self.recurrent.reshape(-1, *self.recurrent.shape[-2:])
        products = self.recurrent @ slots[0]

        def gate(arguments: list[Array]) -> list[Array]:
            mixed = jnp.stack(arguments[: len(matrices)]).reshape(products.shape)
            state = jax.tree.unflatten(tree, arguments[len(matrices) :])
            return jax.tree.leaves(self.gate(mixed, driven, state))

        rows = list(products.reshape(len(matrices), -1))
        tangents = jnp.stack(derive.slot_tangents(gate, rows + slots), axis=1)
        by_product, by_slot = tangents[:, : len(matrices)], tangents[:, len(matrices) :]
        dense = jnp.einsum("agi,gij->aij", by_product, matrices)
        return Gated(dense, Unitwise(by_slot))

    def immediate_gradient(
        self, state_prev: State, x: Float[Array, " m"], signal: State
    ) -> Gradients:
        hidden = jax.tree.leaves(state_prev)[0]
        arrays, rest = eqx.partition(self, eqx.is_inexact_array)

        def gate(arrays: "AbstractGatedCell", recurrent: Array, driven: Array) -> State:
            return eqx.combine(arrays, rest).gate(recurrent, driven, state_prev)

        _, pull = jax.vjp(gate, arrays, self.recurrent @ hidden, self.input @ x)
        gradients, by_recurrent, by_driven = pull(signal)
        factors = (RankOne(by_recurrent, hidden), RankOne(by_driven, x))
        return eqx.tree_at(lambda cell: (cell.recurrent, cell.input), gradients, factors)

    def immediate(self, state_prev: State, x: Float[Array, " m"]) -> Local:
        return derive.local_immediate(self, state_prev, x, self.recurrent.ndim - 2)
