"""Truncated backpropagation through time over a true rolling window."""

from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_integer
from onward._typing import Array, Bool, Float, Gradients, PRNGKeyArray, State
from onward.cells.base import AbstractCell
from onward.rules.base import AbstractRule, Exactness


class Window(NamedTuple):
    """The last samples, oldest first; `filled` is False for those before the first one."""

    states_prev: State
    xs: Float[Array, "window m"]
    filled: Bool[Array, " window"]


class TBPTT(AbstractRule):
    """gradient of L_t by backpropagation through the last `window` steps, at every sample.

    The window rolls by one sample: `credit` replays it from the state that was visited `window`
    steps ago under the current weights and sends the signal back, so that no stale weights
    enter. With a late label these are the weights of its arrival. (The usual chunked form
    averages over windows of 1 to `window` steps instead.)

    Cost: time window·p, memory window·(N + m). Exactness: biased, and exact for the samples
    whose whole past lies within the window; exact on a cell that keeps nothing for longer.
    Williams & Peng (1990).

    Args:
        window: steps that credit goes back, at least 1; 1 equals Immediate.
    """

    window: int = eqx.field(static=True, default=10)
    cost: ClassVar[str] = "time window·p, memory window·n"

    def __check_init__(self):
        check_integer("window", self.window, least=1, example=10)

    def init(
        self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray
    ) -> Window:
        def repeat(leaf: Array) -> Array:
            return jnp.broadcast_to(leaf, (self.window, *leaf.shape))

        return Window(jax.tree.map(repeat, state), repeat(x), jnp.zeros(self.window, bool))

    def advance(
        self, cell: AbstractCell, carry: Window, state_prev: State, x: Float[Array, " m"]
    ) -> Window:
        newest = Window(state_prev, x, jnp.asarray(True))
        return jax.tree.map(lambda old, new: jnp.concatenate([old[1:], new[None]]), carry, newest)

    def credit(self, cell: AbstractCell, carry: Window, signal: State) -> Gradients:
        arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
        start = jax.tree.map(lambda leaf: leaf[0], carry.states_prev)

        def replay(arrays: AbstractCell) -> State:
            replayed = eqx.combine(arrays, rest)

            def step(state: State, past: tuple[Array, Array]) -> tuple[State, None]:
                x, filled = past
                moved = replayed(state, x)
                kept = jax.tree.map(lambda new, old: jnp.where(filled, new, old), moved, state)
                return kept, None

            return jax.lax.scan(step, start, (carry.xs, carry.filled))[0]

        return jax.vjp(replay, arrays)[1](signal)[0]

    def exactness(self, cell: AbstractCell) -> Exactness:
        state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
        reach = eqx.filter_eval_shape(cell.jacobian, state, x).reach
        return "exact" if reach <= self.window else "biased"
