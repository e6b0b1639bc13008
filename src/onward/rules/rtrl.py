"""Exact real-time recurrent learning."""

from typing import ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._trees import flatten
from onward._typing import Array, Float, Gradients, PRNGKeyArray, State
from onward.algebra import AbstractInfluence, Full, Rounded
from onward.cells.base import AbstractCell
from onward.rules.base import AbstractRule, Exactness, ImpossiblePairError


class RTRL(AbstractRule):
    """P_t = J_t P_{t-1} + B_t;  gradient = (dL_t/ds_t) P_t.

    The structure of J and B decides the cost: for a unit-wise J and a local B (LRU) P stays
    parameter-shaped; for a dense J one GEMM moves it. On CPUs the rows of a parameter that
    take more than 64 MB are moved in place, a block of columns at a time; for fewer there is a
    second copy during the product.

    With `influence_dtype="bfloat16"` a P whose rows are written out is kept in half the memory of
    float32, and every step rounds it; products, sums and the gradient are formed in the
    parameters' dtype. What the rounding costs depends on how fast J forgets: 2,000 steps of a
    tanh RNN with n = 128 left the gradient 0.2 % off (cosine 1 - 2e-6), 600 steps with its
    recurrent weights tripled 11 %. Time on a CPU: up to an eighth more.

    Cost: time n·p·N and memory N·p dense; time and memory S·p unit-wise. Exactness: exact with
    frozen weights, biased with a rounded P; under learning P mixes Jacobians of successive
    weights, as in the source. Williams & Zipser (1989), "A learning algorithm for continually
    running fully recurrent neural networks".

    Args:
        influence_dtype: "bfloat16", or None for that of the parameters.
    """

    influence_dtype: Literal["bfloat16"] | None = eqx.field(static=True, default=None)
    cost: ClassVar[str] = "time n²·p, memory n·p (diagonal J: p, p)"

    def __check_init__(self):
        if self.influence_dtype not in (None, "bfloat16"):
            raise ValueError(
                "Expected influence_dtype to be 'bfloat16', or None for that of the parameters; "
                f"got {self.influence_dtype!r}. Try influence_dtype='bfloat16'."
            )

    def init(
        self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray
    ) -> AbstractInfluence:
        def first() -> AbstractInfluence:
            jacobian, immediate = cell.jacobian(state, x), cell.immediate(state, x)
            influence = immediate.push(jacobian).add(immediate)
            return influence if self.influence_dtype is None else Rounded.of(influence)

        shapes = eqx.filter_eval_shape(first)
        return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)

    def advance(
        self,
        cell: AbstractCell,
        carry: AbstractInfluence,
        state_prev: State,
        x: Float[Array, " m"],
    ) -> AbstractInfluence:
        return carry.push(cell.jacobian(state_prev, x)).add(cell.immediate(state_prev, x))

    def credit(self, cell: AbstractCell, carry: AbstractInfluence, signal: State) -> Gradients:
        return carry.pull(flatten(signal))

    def refuse(self, cell: AbstractCell) -> None:
        if self.influence_dtype is None:
            return
        state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
        influence = eqx.filter_eval_shape(RTRL().init, cell, state, x, jax.random.key(0))
        if not isinstance(influence, Full):
            raise ImpossiblePairError(
                "Expected a cell whose influence has every row written out, to be rounded; got "
                f"one of the structure {type(influence).__name__}. Try influence_dtype=None."
            )

    def exactness(self, cell: AbstractCell) -> Exactness:
        return "exact" if self.influence_dtype is None and cell.exact else "biased"
