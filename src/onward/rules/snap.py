"""Real-time recurrent learning on the entries that a few steps reach."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward._checks import check_integer
from onward._trees import flatten
from onward._typing import Array, Float, Gradients, PRNGKeyArray, State
from onward.algebra import AbstractInfluence, Local, Unitwise
from onward.cells.base import AbstractCell
from onward.rules.base import AbstractRule, Exactness
from onward.rules.rtrl import RTRL


class SnAp(AbstractRule):
    """P_t = M ∘ (J_t P_{t-1}) + B_t, M the entries that may be nonzero `order` steps after zero.

    M is the pattern of (I + J + … + J^{order-1}) B, by structure. A local B gives one list of
    kept rows to all parameters of a unit: its own slots, the components that read these, and
    so on. Only those K rows are stored, leaves (K, *parameter), and moved by the K×K entries of
    J among them; nothing dense is masked.

    Where M is full it is RTRL and is run as such: for a dense or gated J from order 2 on, and
    at any order for a B that is not declared local. Where M is closed under J (a unit-wise J at
    any order) it is exact. At order 1 it equals `EProp`.

    Cost: time K²·p and memory K·p, beside J written out (N²). Exactness: biased, or exact as
    above. Menick et al. (2020), "A Practical Sparse Approximation for Real Time Recurrent
    Learning", whose SnAp-n this is.

    Args:
        order: n, at least 1.
    """

    order: int = eqx.field(static=True, default=1)
    cost: ClassVar[str] = "time K²·p, memory K·p (K rows reached)"

    def __check_init__(self):
        check_integer("order", self.order, least=1, example=1)

    def init(
        self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray
    ) -> AbstractInfluence:
        rows = self._rows(cell)
        if rows is None:
            return RTRL().init(cell, state, x, key)
        shapes = eqx.filter_eval_shape(cell.immediate, state, x)
        return jax.tree.map(
            lambda leaf: jnp.zeros((len(rows), *leaf.shape[1:]), leaf.dtype), shapes
        )

    def advance(
        self,
        cell: AbstractCell,
        carry: AbstractInfluence,
        state_prev: State,
        x: Float[Array, " m"],
    ) -> AbstractInfluence:
        rows = self._rows(cell)
        if rows is None:
            return RTRL().advance(cell, carry, state_prev, x)
        matrix = cell.jacobian(state_prev, x).materialise()
        among = matrix.at[rows[:, None], rows].get(mode="fill", fill_value=0)
        # A unit's own slots are the first of its rows.
        pad = lambda leaf: jnp.pad(  # noqa: E731
            leaf, [(0, len(rows) - len(leaf)), *[(0, 0)] * (leaf.ndim - 1)]
        )
        immediate = jax.tree.map(pad, cell.immediate(state_prev, x))
        return carry.push(Unitwise(among)).add(immediate)

    def credit(self, cell: AbstractCell, carry: AbstractInfluence, signal: State) -> Gradients:
        rows = self._rows(cell)
        if rows is None:
            return RTRL().credit(cell, carry, signal)
        kept = flatten(signal).at[rows].get(mode="fill", fill_value=0)
        return carry.pull(kept.reshape(-1))

    def exactness(self, cell: AbstractCell) -> Exactness:
        rows = self._rows(cell)
        whole = RTRL().exactness(cell)
        if rows is None:
            return whole
        rows = rows.reshape(len(rows), -1)
        # One row more, for the padding.
        kept = np.zeros((flatten(cell.init_state()).shape[0] + 1, rows.shape[1]), bool)
        kept[rows, np.arange(rows.shape[1])] = True
        further = readers(jacobian_pattern(cell), kept[:-1])
        return "biased" if (further & ~kept[:-1]).any() else whole

    def _rows(self, cell: AbstractCell) -> np.ndarray | None:
        """The rows of P that each unit's parameters keep, (K, n); None where it is run as RTRL.

        A unit with fewer rows than another is padded with N, which is no row.
        """
        state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
        immediate = eqx.filter_eval_shape(cell.immediate, state, x)
        unitwise = eqx.filter_eval_shape(cell.jacobian, state, x).unitwise
        if unitwise or not isinstance(immediate, Local):
            return None
        size = flatten(state).shape[0]
        slots = immediate.units[0]
        own = np.tile(np.eye(size // slots, dtype=bool), (slots, 1))
        kept = own
        if self.order > 1:
            pattern = jacobian_pattern(cell)
            for _ in range(min(self.order - 1, size)):
                kept = kept | readers(pattern, kept)
        if kept.all():
            return None
        order = np.argsort(2 - own - kept.astype(int), axis=0, kind="stable")
        order = order[: kept.sum(axis=0).max()]
        rows = np.where(np.take_along_axis(kept, order, axis=0), order, size)
        return rows.reshape(-1, *immediate.units[1:])


def jacobian_pattern(cell: AbstractCell) -> np.ndarray:
    """Where the cell's Jacobian may be nonzero, (N, N), as a constant while a program is traced.

    The pattern is one of structure, so that it is the same at all weights: they are put at zero.
    """
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)

    def pattern() -> Array:
        zero = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), arrays)
        blank = eqx.combine(zero, rest)
        x = jnp.zeros(blank.input_size, blank.dtype)
        return blank.jacobian(blank.init_state(), x).pattern()

    with jax.ensure_compile_time_eval():
        return np.asarray(jax.jit(pattern)())


def readers(pattern: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The rows that one step reaches from the kept ones, (N, n)."""
    # In floats: NumPy multiplies those by BLAS, and booleans one by one.
    return pattern.astype(np.float32) @ kept.astype(np.float32) > 0
