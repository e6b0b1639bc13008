"""An influence that is kept in half the memory."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Float, Gradients, Int, Parameters, UInt16
from onward.algebra.blocks import THREADED, in_blocks
from onward.algebra.influence import AbstractInfluence, Full, with_zeros
from onward.algebra.jacobian import AbstractJacobian

# Entries that an accelerator widens and moves together: 64 MB in float32.
LARGE_BLOCK = 1 << 24


class Rounded(AbstractInfluence):
    """A `Full` influence in bfloat16: the range of float32, with 8 bits of precision.

    Memory N·p numbers of two bytes. What is read is widened within the sum that reads it, so
    that no wide copy of the whole is made; sums are formed in the precision of J, B and the
    signal. A step rounds each entry by up to one part in 512, once, or twice where B adds to it.

    Attributes:
        leaves: the numbers' bits (N, *parameter). XLA has no bfloat16 on CPUs: for each part of
            an array that is written to it would widen and narrow the whole.
        dtype: of J, B and the signal.
    """

    leaves: Any
    dtype: Any = eqx.field(static=True)

    @classmethod
    def of(cls, influence: AbstractInfluence) -> "Rounded":
        """An influence with every row written out, rounded."""
        leaves = influence.full().leaves
        return cls(jax.tree.map(_narrow, leaves), jax.tree.leaves(leaves)[0].dtype)

    def _wide(self, bits: UInt16[Array, "..."]) -> Float[Array, "..."]:
        shifted = jax.lax.shift_left(bits.astype(jnp.uint32), jnp.uint32(16))
        return jax.lax.bitcast_convert_type(shifted, jnp.float32).astype(self.dtype)

    def push(self, jacobian: AbstractJacobian) -> "Rounded":
        def move(bits: UInt16[Array, "N q"]) -> UInt16[Array, "N q"]:
            return _narrow(jacobian.apply(self._wide(bits)))

        def in_place(bits: UInt16[Array, "N ..."]) -> UInt16[Array, "N ..."]:
            # In parts always: a wide copy of the whole is what it is rounded to save.
            entries = min(jacobian.block(bits.size), THREADED)
            return in_blocks(move, bits, entries, LARGE_BLOCK)

        return self._with(jax.tree.map(in_place, self.leaves))

    def add(self, immediate: AbstractInfluence) -> "Rounded":
        def add(bits: UInt16[Array, "..."], values: Float[Array, "..."]) -> UInt16[Array, "..."]:
            return _narrow(self._wide(bits) + values)

        every = jnp.arange(jax.tree.leaves(self.leaves)[0].shape[0])
        return self._with(immediate.add_to(self.leaves, every, add))

    def pull(self, signal: Float[Array, " N"]) -> Gradients:
        # Row by row: a product would be given a wide copy of the whole.
        def one(bits: UInt16[Array, "N ..."]) -> Float[Array, "..."]:
            add = lambda row, total: total + signal[row] * self._wide(bits[row])  # noqa: E731
            return jax.lax.fori_loop(0, len(bits), add, jnp.zeros(bits.shape[1:], self.dtype))

        return with_zeros(jax.tree.map(one, self.leaves))

    def rows(self, support: Int[Array, " k"]) -> Parameters:
        return jax.tree.map(lambda bits: self._wide(bits[support]), self.leaves)

    def full(self) -> Full:
        return Full(jax.tree.map(self._wide, self.leaves))

    def within(self, wrap: Callable[[Parameters], Parameters]) -> "Rounded":
        return self._with(wrap(self.leaves))

    def scale(self, factor: float) -> "Rounded":
        return Rounded.of(self.full().scale(factor))

    def _with(self, leaves: Any) -> "Rounded":
        return Rounded(leaves, self.dtype)


def _narrow(values: Float[Array, "..."]) -> UInt16[Array, "..."]:
    """The bits of the nearest bfloat16, the even one of two: the upper half of float32's."""
    single = values.astype(jnp.float32)
    bits = jax.lax.bitcast_convert_type(single, jnp.uint32)
    upper = jax.lax.shift_right_logical(bits, jnp.uint32(16))
    rounded = jax.lax.shift_right_logical(bits + 0x7FFF + (upper & 1), jnp.uint32(16))
    # Rounding up would carry some numbers that are none into zero.
    return jnp.where(jnp.isnan(single), jnp.uint32(0x7FC0), rounded).astype(jnp.uint16)
