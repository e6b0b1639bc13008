"""No normalisation."""

import jax.numpy as jnp

from onward._typing import Array, Bool, Float
from onward.scales.base import AbstractScale


class Unscaled(AbstractScale):
    """Numbers as they are."""

    def init(self, size: int, dtype) -> tuple[()]:
        return ()

    def update(
        self, state: tuple[()], value: Float[Array, " size"], known: Bool[Array, " size"]
    ) -> tuple[()]:
        return ()

    def normalise(self, state: tuple[()], value: Float[Array, " size"]) -> Float[Array, " size"]:
        return value

    def restore(self, state: tuple[()], value: Float[Array, " size"]) -> Float[Array, " size"]:
        return value

    def ready(self, state: tuple[()], value: Float[Array, " size"]) -> Bool[Array, " size"]:
        return jnp.ones(value.shape, bool)
