"""Real-time recurrent learning through k paths of the Jacobian."""

from typing import ClassVar, Literal, NamedTuple, get_args

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_integer, check_kind
from onward._trees import flatten
from onward._typing import Array, Float, Gradients, Int, PRNGKeyArray, State, UInt32
from onward.algebra import AbstractInfluence, AbstractJacobian, RowSparse, Shared
from onward.cells.base import AbstractCell
from onward.rules.base import AbstractRule, Exactness, ImpossiblePairError
from onward.rules.immediate import Immediate
from onward.rules.rtrl import RTRL

Selection = Literal["random", "largest", "smallest"]
Support = Literal["row", "shared"]


class SparseCarry(NamedTuple):
    """The influence, the columns of J that carry it (chosen yet?), and the key to draw with."""

    influence: AbstractInfluence | Shared
    support: Int[Array, "..."]
    chosen: Array
    key: UInt32[Array, "2"]


class SparseRTRL(AbstractRule):
    """P_t = (J_t ∘ mask_k) P_{t-1} + B_t with k kept entries in each row of J.

    `support="row"`: every row has k columns of its own; the product gathers k rows of P instead
    of running a GEMM, memory stays N·p. `support="shared"`: all rows keep the same k columns,
    so that only k rows of P are ever read again and only those are stored.

    Where each parameter moves one unit alone (a local B), a fixed shared support carries credit
    through time for the parameters of its k components' units only; all others learn from their
    immediate derivative. `resample=True` reaches every unit, at the same cost.

    Entries are chosen among those that J's structure admits. k = 0 is Immediate; k at or
    above the entries that a row has equals RTRL and is run as such.

    Cost: row, time k·N·p and memory N·p; shared, time k·p and memory (k + 1)·p. Exactness:
    biased (exact at full k). Shalev Merin (2026), "Massive Redundancy in Gradient Transport
    Enables Sparse Online Learning", arXiv 2603.15195; the shared support is ours.

    Args:
        k: kept entries per row.
        selection: "random", or by magnitude "largest" or "smallest" (shared: of column norms).
        resample: choose anew at every step; otherwise once, by the first step's Jacobian.
        support: "row" or "shared".
    """

    k: int = eqx.field(static=True, default=4)
    selection: Selection = eqx.field(static=True, default="random")
    resample: bool = eqx.field(static=True, default=False)
    support: Support = eqx.field(static=True, default="row")
    cost: ClassVar[str] = "time k·n·p, memory n·p (shared support: k·p, (k+1)·p)"

    def __check_init__(self):
        check_integer("k", self.k, least=0, example=4)
        check_kind("resample", self.resample, bool, "resample=True")
        for name, value, allowed in (
            ("selection", self.selection, get_args(Selection)),
            ("support", self.support, get_args(Support)),
        ):
            if value not in allowed:
                raise ValueError(
                    f"Expected {name} to be one of {', '.join(allowed)}; got {value!r}. "
                    f"Try {name}={allowed[0]!r}."
                )

    def init(self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray):
        limit = self._limit(cell)
        if limit is not None:
            return limit.init(cell, state, x, key)
        shapes = eqx.filter_eval_shape(self._first, cell, state, x)
        influence = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
        support = self._choose(cell.jacobian(state, x), key)
        return SparseCarry(
            influence, support, jnp.asarray(not self._by_value), jax.random.key_data(key)
        )

    def advance(self, cell: AbstractCell, carry, state_prev: State, x: Float[Array, " m"]):
        limit = self._limit(cell)
        if limit is not None:
            return limit.advance(cell, carry, state_prev, x)
        jacobian, immediate = cell.jacobian(state_prev, x), cell.immediate(state_prev, x)
        support, key = self._next_support(jacobian, carry)
        if self.support == "shared":
            influence = carry.influence.step(support, jacobian, immediate)
        else:
            matrix = jacobian.materialise()
            kept = RowSparse(support, jnp.take_along_axis(matrix, support, axis=1))
            influence = carry.influence.push(kept).add(immediate)
        return SparseCarry(influence, support, jnp.asarray(True), key)

    def credit(self, cell: AbstractCell, carry, signal: State) -> Gradients:
        limit = self._limit(cell)
        if limit is not None:
            return limit.credit(cell, carry, signal)
        return carry.influence.pull(flatten(signal))

    def refuse(self, cell: AbstractCell) -> None:
        size = flatten(cell.init_state()).shape[0]
        if self.k > size:
            raise ImpossiblePairError(
                f"Expected k <= {size}, the size of the state; got k={self.k}. "
                f"Try k={min(4, size)}."
            )

    def exactness(self, cell: AbstractCell) -> Exactness:
        limit = self._limit(cell)
        return "biased" if limit is None else limit.exactness(cell)

    @property
    def _by_value(self) -> bool:
        return self.selection != "random"

    def _limit(self, cell: AbstractCell) -> AbstractRule | None:
        """The rule that this one is where it drops everything or nothing."""
        if self.k == 0:
            return Immediate()
        state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
        jacobian = eqx.filter_eval_shape(cell.jacobian, state, x)
        return RTRL() if self.k >= jacobian.nonzeros_per_row else None

    def _first(self, cell: AbstractCell, state: State, x: Float[Array, " m"]):
        immediate = cell.immediate(state, x)
        if self.support == "row":
            return immediate.full()
        support = jnp.zeros(self.k, jnp.int32)
        columns = jnp.zeros((flatten(state).shape[0], self.k), cell.dtype)
        return Shared(immediate.rows(support), columns, immediate)

    def _next_support(
        self, jacobian: AbstractJacobian, carry: SparseCarry
    ) -> tuple[Int[Array, "..."], UInt32[Array, "2"]]:
        if self.resample:
            key, draw = jax.random.split(jax.random.wrap_key_data(carry.key))
            return self._choose(jacobian, draw), jax.random.key_data(key)
        if not self._by_value:
            return carry.support, carry.key
        first = lambda: self._choose(jacobian, jax.random.wrap_key_data(carry.key))  # noqa: E731
        return jax.lax.cond(carry.chosen, lambda: carry.support, first), carry.key

    def _choose(self, jacobian: AbstractJacobian, key: PRNGKeyArray) -> Int[Array, "..."]:
        """Column indices of the entries to keep: (N, k), or (k,) for a shared support."""
        matrix, pattern = jacobian.materialise(), jacobian.pattern()
        shared = self.support == "shared"
        if self._by_value:
            score = jnp.abs(matrix) * (1 if self.selection == "largest" else -1)
            score = jnp.sum(score, axis=0) if shared else score
        else:
            score = jax.random.uniform(key, matrix.shape[shared:], matrix.dtype)
        if shared:
            readers = jnp.sum(pattern, axis=0)
            pattern = readers == jnp.max(readers)
        best = jax.lax.top_k(jnp.where(pattern, score, -jnp.inf), self.k)[1]
        return best.astype(jnp.int32)
