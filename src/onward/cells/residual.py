"""A cell with a normalised input and a way round it."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp

from onward._checks import check_kind
from onward._typing import Array, Float, Gradients, Parameters, State
from onward.algebra import AbstractInfluence, AbstractJacobian
from onward.cells import derive
from onward.cells.base import AbstractCell


class Residual(AbstractCell):
    """A cell in a pre-norm residual block, to be stacked.

        u = (x - mean x) / √(var x + ε),   s' = f(s, u),   emits x + emit(s', u)

    The layer normalisation has no gain or offset of its own: the weights by which the cell
    reads its input are both. The structure of the cell's J and B stays as it is. Residual
    blocks: He et al. (2016), arXiv 1512.03385; layer normalisation: Ba et al. (2016),
    arXiv 1607.06450.

    Args:
        cell: emits as many numbers as it reads.
    """

    cell: AbstractCell
    input_size: int = eqx.field(static=True)

    def __init__(self, cell: AbstractCell):
        check_kind("cell", cell, AbstractCell, "Residual(cell)")
        if cell.input_size < 2:
            raise ValueError(
                "Expected a cell that reads at least two numbers, because layer normalisation "
                f"erases a single one; got input_size={cell.input_size}. Try input_size=2."
            )
        emitted = derive.emitted_size(cell)
        if emitted != cell.input_size:
            raise ValueError(
                f"Expected a cell that emits as many numbers as it reads; got {cell.input_size} "
                f"in and {emitted} out. Try hidden_size={cell.input_size}."
            )
        self.cell, self.input_size = cell, cell.input_size

    @property
    def exact(self) -> bool:
        return self.cell.exact

    def init_state(self) -> State:
        return self.cell.init_state()

    def memory(self, state: Any) -> Any:
        return self.cell.memory(state)

    def __call__(self, state_prev: State, x: Float[Array, " m"]) -> State:
        return self.cell(state_prev, _normalised(x))

    def emit(self, state: State, x: Float[Array, " m"]) -> Float[Array, " features"]:
        return x + self.cell.emit(state, _normalised(x))

    def jacobian(self, state_prev: State, x: Float[Array, " m"]) -> AbstractJacobian:
        return self.cell.jacobian(state_prev, _normalised(x))

    def immediate(self, state_prev: State, x: Float[Array, " m"]) -> AbstractInfluence:
        return self.cell.immediate(state_prev, _normalised(x)).within(self._wrap)

    def immediate_gradient(
        self, state_prev: State, x: Float[Array, " m"], signal: State
    ) -> Gradients:
        return self._wrap(self.cell.immediate_gradient(state_prev, _normalised(x), signal))

    def _wrap(self, inner: Parameters) -> Parameters:
        return eqx.tree_at(lambda outer: outer.cell, self.parameters(), inner)


def _normalised(x: Float[Array, " m"]) -> Float[Array, " m"]:
    return (x - jnp.mean(x)) / jnp.sqrt(jnp.var(x) + 1e-5)
