"""Backpropagation through a block of samples."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Bool, Gradients, State
from onward.cells.base import AbstractCell
from onward.rules.base import Exactness
from onward.rules.moment import AbstractMomentRule, Moment


class BPTT(AbstractMomentRule):
    """gradient of Σ L_t by backpropagation through a block of samples, at its end.

        λ_t = dL_t/ds_t + λ_{t+1} J_{t+1},    gradient = Σ λ_t B_t

    with the signal λ_t to the state s_t, J_t = ∂s_t/∂s_{t-1}, and B_t = ∂s_t/∂θ at fixed s_{t-1}.

    The block is the learner's, of `Learner(every=k)`. Its samples are predicted under the weights
    of its start, and its end moves them once. Nothing goes back beyond the block, or beyond the
    start of a sequence in it. A label reaches as far back as its place in the block, (k - 1)/2
    samples in the mean. With `every=1` the rule equals `Immediate`.

    With `delay` a block is k samples whose labels have come, or have not: those of `delay` steps
    ago. Each has the state that it had when it was seen, some of them from before the last move of
    the weights. J_t and B_t are taken there, at the weights of the block.

    Cost: time 3 p a sample, of which 2 p at the end of a block; memory k·(2N + m). Exactness:
    biased, by what lies before the block; exact within it. Williams & Peng (1990), "An efficient
    gradient-based algorithm for on-line training of recurrent network trajectories", their
    BPTT(h; h') with h = h' = k.
    """

    cost: ClassVar[str] = "time p, memory every·n"

    def credit_block(
        self, cell: AbstractCell, carries: Moment, signals: State, first: Bool[Array, " T"]
    ) -> Gradients:
        arrays, rest = eqx.partition(cell, eqx.is_inexact_array)

        def back(later: State, sample: tuple[Moment, State, Array]) -> tuple[State, State]:
            """The signal to the state before a sample, and the whole one to the state after it."""
            carry, own, begins = sample
            whole = jax.tree.map(lambda a, b: a + b, own, later)
            (before,) = jax.vjp(lambda state: cell(state, carry.x), carry.state_prev)[1](whole)
            return jax.tree.map(lambda leaf: jnp.where(begins, 0, leaf), before), whole

        def moved(arrays: AbstractCell) -> State:
            return jax.vmap(eqx.combine(arrays, rest))(carries.state_prev, carries.x)

        none = jax.tree.map(jnp.zeros_like, cell.init_state())
        _, whole = jax.lax.scan(back, none, (carries, signals, first), reverse=True)
        return jax.vjp(moved, arrays)[1](whole)[0]

    def exactness(self, cell: AbstractCell) -> Exactness:
        return "biased"
