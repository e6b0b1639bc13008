"""What the rules that keep credit within a unit have in common."""

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._trees import flatten
from onward._typing import Array, Float, Gradients, PRNGKeyArray, State
from onward.algebra import AbstractInfluence, AbstractJacobian, Local
from onward.cells.base import AbstractCell
from onward.rules.base import AbstractRule, Exactness, ImpossiblePairError


def local_shapes(cell: AbstractCell) -> Local:
    """The shapes of the cell's immediate derivative, which has to be local.

    Raises:
        ImpossiblePairError: its parameters are not known to move one unit each.
    """
    state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
    immediate = eqx.filter_eval_shape(cell.immediate, state, x)
    if not isinstance(immediate, Local):
        raise ImpossiblePairError(
            "Expected a cell each of whose parameters moves one unit (a Local immediate "
            f"derivative); got {type(immediate).__name__}. Try SnAp, RTRL or Immediate."
        )
    return immediate


class AbstractUnitwiseRule(AbstractRule):
    """P_t = K(J_t) P_{t-1} + B_t with a unit-wise K, so that P stays as local as B.

    To add such a rule write `kept`.
    """

    @abstractmethod
    def kept(self, jacobian: AbstractJacobian, units: tuple[int, ...]) -> AbstractJacobian | None:
        """K(J), for units of that shape; None where J does not tell it from the rest."""

    def init(
        self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray
    ) -> AbstractInfluence:
        return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), local_shapes(cell))

    def advance(
        self, cell: AbstractCell, carry: Local, state_prev: State, x: Float[Array, " m"]
    ) -> AbstractInfluence:
        kept = self.kept(cell.jacobian(state_prev, x), carry.units)
        assert kept is not None, "`refuse` refuses such a cell"
        return carry.push(kept).add(cell.immediate(state_prev, x))

    def credit(self, cell: AbstractCell, carry: Local, signal: State) -> Gradients:
        return carry.pull(flatten(signal))

    def refuse(self, cell: AbstractCell) -> None:
        units, jacobian = local_shapes(cell).units, _jacobian_shapes(cell)
        if eqx.filter_eval_shape(self.kept, jacobian, units) is None:
            raise ImpossiblePairError(
                "Expected a Jacobian that tells what passes through a recurrent matrix from what "
                f"does not; got {type(jacobian).__name__}. Try EProp, or a cell that declares it."
            )

    def exactness(self, cell: AbstractCell) -> Exactness:
        return "exact" if _jacobian_shapes(cell).unitwise else "biased"


def _jacobian_shapes(cell: AbstractCell) -> AbstractJacobian:
    state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
    return eqx.filter_eval_shape(cell.jacobian, state, x)
