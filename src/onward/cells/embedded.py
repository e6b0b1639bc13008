"""A cell that reads symbols."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_key, check_kind, check_sizes
from onward._typing import Array, Float, Gradients, Parameters, PRNGKeyArray, State
from onward.algebra import AbstractInfluence, AbstractJacobian, Full, Local
from onward.cells import derive
from onward.cells.base import AbstractCell


class Embedded(AbstractCell):
    """A cell that reads symbols by a learnt vector for each: u = table[x], s' = f(s, u).

    Its one input is the number of a symbol (learn with `scale=onward.Unscaled()`); a number that
    is none reads as zeros. A missing one a learner hands on as 0, like every missing feature:
    leave that number to it where symbols may be missing. The structure of the cell's J stays as it
    is; each unit is moved by the vector that it reads, so that an exact influence grows by
    N·symbols·m.

    Args:
        cell: reads vectors of its input_size.
        symbols: how many there are, 0 … symbols - 1.
        key: draws the table from a standard normal.
    """

    cell: AbstractCell
    table: Float[Array, "symbols m"]
    input_size: int = eqx.field(static=True)

    def __init__(self, cell: AbstractCell, symbols: int, *, key: PRNGKeyArray):
        check_kind("cell", cell, AbstractCell, "Embedded(cell, symbols, key=key)")
        check_sizes(symbols=symbols)
        check_key(key)
        self.cell, self.input_size = cell, 1
        self.table = jax.random.normal(key, (symbols, cell.input_size), cell.dtype)

    @property
    def exact(self) -> bool:
        return self.cell.exact

    def init_state(self) -> State:
        return self.cell.init_state()

    def memory(self, state: Any) -> Any:
        return self.cell.memory(state)

    def __call__(self, state_prev: State, x: Float[Array, " 1"]) -> State:
        return self.cell(state_prev, self._read(x))

    def emit(self, state: State, x: Float[Array, " 1"]) -> Float[Array, " features"]:
        return self.cell.emit(state, self._read(x))

    def jacobian(self, state_prev: State, x: Float[Array, " 1"]) -> AbstractJacobian:
        return self.cell.jacobian(state_prev, self._read(x))

    def immediate(self, state_prev: State, x: Float[Array, " 1"]) -> AbstractInfluence:
        u = self._read(x)
        by_input = derive.jacobian_of(lambda u: self.cell(state_prev, u), u)
        rows = jnp.multiply.outer(self._chosen(x), by_input).swapaxes(0, 1)
        inner = self.cell.immediate(state_prev, u)
        if isinstance(inner, Local):
            slots, *grid = inner.units
            table = rows.reshape(slots, *grid, *self.table.shape)
            axes = (*inner.axes, (None,) * len(grid))
            return Local(self._wrap(inner.leaves, table), axes)
        return Full(self._wrap(inner.full().leaves, rows))

    def immediate_gradient(
        self, state_prev: State, x: Float[Array, " 1"], signal: State
    ) -> Gradients:
        u = self._read(x)
        by_input = jax.vjp(lambda u: self.cell(state_prev, u), u)[1](signal)[0]
        inner = self.cell.immediate_gradient(state_prev, u, signal)
        return self._wrap(inner, jnp.multiply.outer(self._chosen(x), by_input))

    def _chosen(self, x: Float[Array, " 1"]) -> Float[Array, " symbols"]:
        """One where the symbol is, zeros if it is none."""
        symbols = jnp.arange(len(self.table), dtype=x.dtype)
        return (symbols == x).astype(self.table.dtype)

    def _read(self, x: Float[Array, " 1"]) -> Float[Array, " m"]:
        return self._chosen(x) @ self.table

    def _wrap(self, inner: Parameters, table: Array) -> Parameters:
        parts = lambda outer: (outer.cell, outer.table)  # noqa: E731
        return eqx.tree_at(parts, self.parameters(), (inner, table))
