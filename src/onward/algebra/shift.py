"""The recurrent Jacobian of a memory that keeps the last few values of each unit."""

import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp

from onward._typing import Array, Bool, Float
from onward.algebra.jacobian import AbstractJacobian


class Shift(AbstractJacobian):
    """Each slot of a unit takes what stood in the slot before; the first one takes nothing.

    No numbers are stored. After as many steps as there are slots nothing is left: J^S = 0.

    Attributes:
        slots: S.
        grid: the units of a slot, (n,) or for example (heads, values).
        dtype: of the matrix.
    """

    slots: int = eqx.field(static=True)
    grid: tuple[int, ...] = eqx.field(static=True)
    dtype: Any = eqx.field(static=True)

    def within_units(self, units: tuple[int, ...]) -> "Shift":
        return self

    def beside_matrices(self, units: tuple[int, ...]) -> "Shift | None":
        return self

    def apply(self, rows: Float[Array, "N ..."]) -> Float[Array, "N ..."]:
        split = rows.reshape(self.slots, -1, *rows.shape[1:])
        return _shifted(split).reshape(rows.shape)

    def apply_to_units(self, leaf: Array, along: Callable[[Array], Array]) -> Array:
        del along
        return _shifted(leaf)

    def materialise(self) -> Float[Array, "N N"]:
        units = math.prod(self.grid)
        return jnp.eye(self.slots * units, k=-units, dtype=self.dtype)

    def pattern(self) -> Bool[Array, "N N"]:
        return self.materialise() != 0

    @property
    def nonzeros_per_row(self) -> int:
        return min(1, self.slots - 1)

    @property
    def reach(self) -> int:
        return self.slots

    @property
    def unitwise(self) -> bool:
        return True


def _shifted(slots: Float[Array, "S ..."]) -> Float[Array, "S ..."]:
    return jnp.concatenate([jnp.zeros_like(slots[:1]), slots[:-1]])
