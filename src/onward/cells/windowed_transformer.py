"""A transformer block that sees the last few samples, as a recurrent cell."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_heads, check_sizes, real_dtype
from onward._typing import Array, Float, Gradients, PRNGKeyArray, State
from onward.algebra import Local, RankOne, Shift, Unreached
from onward.cells.base import AbstractCell
from onward.cells.elementwise import Drive
from onward.cells.initialise import split

# In place of the keys and values of samples before the first one, which nobody attends to.
NOTHING = 1e9


class WindowedTransformer(AbstractCell):
    """Transformer block with causal attention over a sliding window: for each head

        k, v = W x each,   q = W x + b;   the state is k and v of the last `window` samples
        a = Σ_s p_s v_{t-s},   p = softmax over the ages s of q·k_{t-s} / √d + r_s
        u = W x + b + W_o a of all heads;   emits u + W_2 gelu(W_1 norm(u) + b_1) + b_2

    with a learnt bias r for each head and age, d = n / heads, norm(u) = u / √mean(u²) and an
    inner width of 4n. Keys and values are functions of x alone, so that the state moves by a
    shift: credit through it is what reaches the weights of keys and values through those that
    are cached, and all else is the output bypass. J is a `Shift`, B local: exact RTRL keeps
    window·2n·m numbers and equals TBPTT(window). The shift is linear in the state.

    Departures from the source: one block; the norm stands before the inner layer, as in later
    work, and the one before the attention is left to the scaling of the input, because it would
    erase the size of a single feature; keys and values have no bias, which would cancel in the
    softmax or act as one of the output. Vaswani et al. (2017), arXiv 1706.03762; r: Raffel et al.
    (2019), arXiv 1910.10683.

    Args:
        input_size: m, numbers per sample.
        hidden_size: n, numbers emitted and the width of the block.
        key: draws every W uniformly in ±1/√(its inputs); b and r start at zero.
        heads: heads, of n / heads values each; the largest of 4, 2, 1 that divides n if not given.
        window: samples that are seen, the newest one among them.
        dtype: of the parameters; JAX's default float if not given.
    """

    cached: Drive
    query: Drive
    position: Float[Array, "window heads"]
    embedding: Drive
    mix: Drive
    expand: Drive
    contract: Drive
    input_size: int = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        key: PRNGKeyArray,
        heads: int | None = None,
        window: int = 16,
        dtype=None,
    ):
        check_sizes(input_size=input_size, hidden_size=hidden_size, window=window)
        if window < 2:
            raise ValueError(
                f"Expected window >= 2, for there is nothing to choose from one sample; got "
                f"{window}. Try window=16."
            )
        heads = math.gcd(4, hidden_size) if heads is None else heads
        size, dtype = check_heads(hidden_size, heads), real_dtype(dtype)
        n, wide, keys = hidden_size, 4 * hidden_size, split(key, 6)
        self.cached = Drive((heads, 2, size), input_size, key=keys[0], dtype=dtype, biased=False)
        self.query = Drive((heads, size), input_size, key=keys[1], dtype=dtype)
        self.position = jnp.zeros((window, heads), dtype)
        self.embedding = Drive((n,), input_size, key=keys[2], dtype=dtype)
        self.mix = Drive((n,), n, key=keys[3], dtype=dtype, biased=False)
        self.expand = Drive((wide,), n, key=keys[4], dtype=dtype)
        self.contract = Drive((n,), wide, key=keys[5], dtype=dtype)
        self.input_size = input_size

    def init_state(self) -> Float[Array, "window heads 2 size"]:
        shape = self.position.shape[0], *self.cached.sizes
        return jnp.full(shape, NOTHING, self.dtype)

    def __call__(
        self, state_prev: Float[Array, "window heads 2 size"], x: Float[Array, " m"]
    ) -> Float[Array, "window heads 2 size"]:
        return jnp.concatenate([self.cached(x)[None], state_prev[:-1]])

    def emit(
        self, state: Float[Array, "window heads 2 size"], x: Float[Array, " m"]
    ) -> Float[Array, " features"]:
        mixed = self.embedding(x) + self.mix(self._attended(state, x).ravel())
        return mixed + self.contract(jax.nn.gelu(self.expand(_norm(mixed)), approximate=False))

    def _attended(
        self, state: Float[Array, "window heads 2 size"], x: Float[Array, " m"]
    ) -> Float[Array, "heads size"]:
        """What each head reads of the cached values."""
        keys, values = state[:, :, 0], state[:, :, 1]
        scores = jnp.einsum("hd,shd->sh", self.query(x), keys) / keys.shape[2] ** 0.5
        seen = keys[:, :, 0] != NOTHING
        scores = jnp.where(seen, scores + self.position, jnp.finfo(scores.dtype).min)
        return jnp.einsum("sh,shd->hd", jax.nn.softmax(scores, axis=0), values)

    def jacobian(self, state_prev: State, x: Float[Array, " m"]) -> Shift:
        return Shift(self.position.shape[0], self.cached.sizes, self.dtype)

    def immediate(self, state_prev: State, x: Float[Array, " m"]) -> Local:
        newest = jnp.zeros_like(self.init_state()).at[0].set(1)
        still = jax.tree.map(lambda leaf: Unreached(leaf.shape, leaf.dtype), self.parameters())
        leaves = eqx.tree_at(lambda cell: cell.cached, still, self.cached.immediate(newest, x))
        return Local(leaves, ((0, 1, 2),))

    def immediate_gradient(
        self,
        state_prev: State,
        x: Float[Array, " m"],
        signal: Float[Array, "window heads 2 size"],
    ) -> Gradients:
        zeros = jax.tree.map(jnp.zeros_like, self.parameters())
        return eqx.tree_at(lambda cell: cell.cached.weight, zeros, RankOne(signal[0], x))


def _norm(value: Float[Array, " n"]) -> Float[Array, " n"]:
    """Scaled to a mean square of one."""
    return value / jnp.sqrt(jnp.mean(value**2) + 1e-6)
