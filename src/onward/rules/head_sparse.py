"""Real-time recurrent learning through some attention heads."""

from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_between, check_kind
from onward._trees import flatten
from onward._typing import Array, Bool, Float, Gradients, PRNGKeyArray, State, UInt32
from onward.algebra import AbstractInfluence, Local
from onward.cells.base import AbstractCell
from onward.rules.base import AbstractRule, Exactness, ImpossiblePairError
from onward.rules.immediate import Immediate
from onward.rules.rtrl import RTRL


class HeadCarry(NamedTuple):
    """The influence, the heads that carry it on, and the key to draw with."""

    influence: AbstractInfluence
    kept: Bool[Array, " heads"]
    key: UInt32[Array, "2"]


class HeadSparse(AbstractRule):
    """P_t = M J_t P_{t-1} + B_t with M the projection on the state of some random heads.

    Heads are what the first axis of a grid of units counts, where a local B says that the units
    form a grid of two axes or more; the channels of a `SelectiveSSM` are such heads, too.

    All heads see and predict; credit goes back in time through the kept ones only, and the others
    get their immediate derivative. Of h heads round(fraction·h) are kept, and in between 0 and 1
    at least one and not all. Fraction 0 equals Immediate, 1 equals RTRL, and both are run as such.
    Resampled, credit passes s steps in a share of about fractionˢ of the heads.

    Cost: that of RTRL, time and memory S·p where heads do not mix. Exactness: biased (exact at
    fraction 1). Shalev Merin (2026), "Massive Redundancy in Gradient Transport Enables Sparse
    Online Learning", arXiv 2603.15195: the idea only, a random part of a transformer's heads;
    that the mask stands before J_t, and resampling, are ours.

    Args:
        fraction: of the heads that are kept, from 0 to 1.
        resample: choose anew at every step; otherwise once.
    """

    fraction: float = eqx.field(static=True, default=0.5)
    resample: bool = eqx.field(static=True, default=False)
    cost: ClassVar[str] = "time and memory as RTRL"

    def __check_init__(self):
        check_between("fraction", self.fraction, 0, 1, example=0.5, ends="[]")
        check_kind("resample", self.resample, bool, "resample=True")

    def init(self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray):
        limit = self._limit()
        if limit is not None:
            return limit.init(cell, state, x, key)
        influence = RTRL().init(cell, state, x, key)
        later, now = jax.random.split(key)
        return HeadCarry(influence, self._draw(cell, now), jax.random.key_data(later))

    def advance(self, cell: AbstractCell, carry, state_prev: State, x: Float[Array, " m"]):
        limit = self._limit()
        if limit is not None:
            return limit.advance(cell, carry, state_prev, x)
        kept, key = carry.kept, carry.key
        if self.resample:
            later, now = jax.random.split(jax.random.wrap_key_data(key))
            kept, key = self._draw(cell, now), jax.random.key_data(later)
        pushed = carry.influence.push(cell.jacobian(state_prev, x))
        through = pushed.scale_rows(_by_component(cell, kept))
        return HeadCarry(through.add(cell.immediate(state_prev, x)), kept, key)

    def credit(self, cell: AbstractCell, carry, signal: State) -> Gradients:
        limit = self._limit()
        if limit is not None:
            return limit.credit(cell, carry, signal)
        return carry.influence.pull(flatten(signal))

    def refuse(self, cell: AbstractCell) -> None:
        units = _units(cell)
        if len(units) < 3:
            raise ImpossiblePairError(
                f"Expected a cell whose state is kept by heads; got {type(cell).__name__}. "
                "Try the SparseRTRL rule, or a WindowedTransformer."
            )
        if self._limit() is None and units[1] < 2:
            raise ImpossiblePairError(
                "Expected a cell with at least two heads to keep a part of; got one. "
                "Try heads=4, or the RTRL rule."
            )

    def exactness(self, cell: AbstractCell) -> Exactness:
        limit = self._limit()
        return "biased" if limit is None else limit.exactness(cell)

    def _limit(self) -> AbstractRule | None:
        """The rule that this one is where it drops every head or none."""
        if self.fraction in (0, 1):
            return RTRL() if self.fraction else Immediate()
        return None

    def _draw(self, cell: AbstractCell, key: PRNGKeyArray) -> Bool[Array, " heads"]:
        count = _units(cell)[1]
        kept = min(max(round(self.fraction * count), 1), count - 1)
        return jax.random.permutation(key, count) < kept


def _units(cell: AbstractCell) -> tuple[int, ...]:
    """The slots and the grid of units, (S, heads, ...); without a grid (N,)."""
    state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
    immediate = eqx.filter_eval_shape(cell.immediate, state, x)
    return immediate.units if isinstance(immediate, Local) else flatten(state).shape


def _by_component(cell: AbstractCell, kept: Bool[Array, " heads"]) -> Float[Array, " N"]:
    """For each component of the state one if its head is kept, and zero if not."""
    units = _units(cell)
    of_heads = kept.reshape(1, -1, *(1 for _ in units[2:])).astype(cell.dtype)
    return jnp.broadcast_to(of_heads, units).reshape(-1)
