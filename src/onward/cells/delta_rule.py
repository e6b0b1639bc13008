"""The delta rule: a matrix state that corrects what a key recalls."""

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_heads, check_sizes, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.algebra import Local, Unitwise, Unreached
from onward.cells.base import AbstractCell
from onward.cells.elementwise import Drive
from onward.cells.initialise import split


class DeltaRule(AbstractCell):
    """Fast weights by the delta rule: for each head

        k = κ / |κ|,  κ = W_k x + b_k,   v = W_v x + b_v,   β = σ(W_β x + b_β)
        S' = S + β k (v - Sᵀ k)ᵀ;   emits qᵀ S',  q normalised like k

    with S of shape (keys, values). Each value column moves by itself: J is unit-wise with the
    keys as slots, I - β k kᵀ for all columns, and B is local to a column for W_v; W_k and W_β
    move all columns of a head. Affine in the state. Schlag, Irie & Schmidhuber (2021),
    arXiv 2102.11174.

    Args:
        input_size: m, numbers per sample.
        hidden_size: numbers emitted: the values of all heads.
        key: draws every W uniformly in ±1/√m.
        heads: heads, of hidden_size / heads values each.
        key_size: keys of a head.
        dtype: of the parameters; JAX's default float if not given.
    """

    key: Drive
    value: Drive
    rate: Drive
    query: Drive
    input_size: int = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        key: PRNGKeyArray,
        heads: int = 1,
        key_size: int = 8,
        dtype=None,
    ):
        check_sizes(input_size=input_size, hidden_size=hidden_size, key_size=key_size)
        values, dtype = check_heads(hidden_size, heads), real_dtype(dtype)

        def drive(key: PRNGKeyArray, *sizes: int) -> Drive:
            return Drive(sizes, input_size, key=key, dtype=dtype)

        keys = split(key, 4)
        self.key, self.query = (drive(key, heads, key_size) for key in keys[:2])
        self.value, self.rate = drive(keys[2], heads, values), drive(keys[3], heads)
        self.input_size = input_size

    def init_state(self) -> Float[Array, "keys heads values"]:
        (heads, keys), values = self.key.sizes, self.value.sizes[1]
        return jnp.zeros((keys, heads, values), self.dtype)

    def __call__(
        self, state_prev: Float[Array, "keys heads values"], x: Float[Array, " m"]
    ) -> Float[Array, "keys heads values"]:
        return _corrected(state_prev, self.key(x), self.value(x), self.rate(x))

    def emit(
        self, state: Float[Array, "keys heads values"], x: Float[Array, " m"]
    ) -> Float[Array, " features"]:
        return jnp.einsum("hk,khv->hv", _normalised(self.query(x)), state).ravel()

    def jacobian(
        self, state_prev: Float[Array, "keys heads values"], x: Float[Array, " m"]
    ) -> Unitwise:
        key, rate = _normalised(self.key(x)), jax.nn.sigmoid(self.rate(x))
        kept = jnp.eye(key.shape[1], dtype=key.dtype)[:, :, None]
        blocks = kept - jnp.einsum("h,ha,hb->abh", rate, key, key)
        count = (*blocks.shape, state_prev.shape[2])
        return Unitwise(jnp.broadcast_to(blocks[..., None], count))

    def immediate(
        self, state_prev: Float[Array, "keys heads values"], x: Float[Array, " m"]
    ) -> Local:
        key, value, rate = self.key(x), self.value(x), self.rate(x)

        # Heads do not mix, so that one tangent serves all of them.
        def along_key(entry: Float[Array, " keys"]) -> Float[Array, "keys heads values"]:
            moved = lambda key: _corrected(state_prev, key, value, rate)  # noqa: E731
            return jax.jvp(moved, (key,), (jnp.broadcast_to(entry, key.shape),))[1]

        moved = lambda rate: _corrected(state_prev, key, value, rate)  # noqa: E731
        by_rate = jax.jvp(moved, (rate,), (jnp.ones_like(rate),))[1]
        by_key = jax.vmap(along_key, out_axes=3)(jnp.eye(key.shape[1], dtype=key.dtype))
        by_value = (jax.nn.sigmoid(rate)[:, None] * _normalised(key)).T[:, :, None]
        drives = (
            self.key.immediate(jnp.moveaxis(by_key, 2, 1), x),
            self.value.immediate(jnp.broadcast_to(by_value, state_prev.shape), x),
            self.rate.immediate(jnp.moveaxis(by_rate, 2, 1), x),
        )
        still = jax.tree.map(lambda leaf: Unreached(leaf.shape, leaf.dtype), self.parameters())
        leaves = eqx.tree_at(lambda cell: (cell.key, cell.value, cell.rate), still, drives)
        # A weight and a bias each; of the grid (heads, values) keys and rates lack the values.
        axes = ((0, None), (0, None), (0, 1), (0, 1), (0, None), (0, None))
        return Local(leaves, axes)


def _normalised(key: Float[Array, "heads keys"]) -> Float[Array, "heads keys"]:
    length = jnp.sqrt(jnp.sum(key**2, axis=1, keepdims=True) + jnp.finfo(key.dtype).eps)
    return key / length


def _corrected(
    state_prev: Float[Array, "keys heads values"],
    key: Float[Array, "heads keys"],
    value: Float[Array, "heads values"],
    rate: Float[Array, " heads"],
) -> Float[Array, "keys heads values"]:
    key = _normalised(key)
    missed = value - jnp.einsum("hk,khv->hv", key, state_prev)
    written = jax.nn.sigmoid(rate)[:, None] * missed
    return state_prev + jnp.einsum("hk,hv->khv", key, written)
