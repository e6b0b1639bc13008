"""The newest rows, in constant memory."""

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Int, Shaped


class Ring(eqx.Module):
    """The newest rows of a stream; each new row takes the place of the oldest.

    One row is written at one place, so that a compiled loop writes in place.

    Attributes:
        rows: by their place, which is the number of the row modulo their count.
        position: the place of the newest row.
    """

    rows: Shaped[Array, "length ..."]
    position: Int[Array, ""]

    @classmethod
    def full_of(cls, row: Shaped[Array, "..."], length: int) -> "Ring":
        """So many rows, all alike."""
        return cls(jnp.broadcast_to(row, (length, *row.shape)), jnp.zeros((), jnp.int32))

    def pushed(self, row: Shaped[Array, "..."]) -> "Ring":
        """The ring with one more row."""
        position = self._place(1)
        return Ring(jax.lax.dynamic_update_index_in_dim(self.rows, row, position, 0), position)

    def back(self, rows: int) -> Shaped[Array, "..."]:
        """The row that came so many rows before the newest."""
        return jax.lax.dynamic_index_in_dim(self.rows, self._place(-rows), 0, keepdims=False)

    def in_phase(self, ahead: int) -> Shaped[Array, "..."]:
        """The newest row that lies a whole number of turns before the one `ahead` of the newest."""
        return self.back(-ahead % len(self.rows))

    def emptied(self, filling: int = 0) -> "Ring":
        """The ring with that number in place of all that its rows hold."""
        return Ring(jnp.full_like(self.rows, filling), self.position)

    def _place(self, ahead: int) -> Int[Array, ""]:
        return (self.position + ahead % len(self.rows)) % len(self.rows)
