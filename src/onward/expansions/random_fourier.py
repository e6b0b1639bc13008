"""Random features whose products approximate a Gaussian kernel."""

from collections.abc import Hashable

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from onward._checks import check_integer, check_sizes, is_real
from onward._typing import Array, Float
from onward.expansions.base import AbstractExpansion, Inputs, Of, chosen, count, refuse_unknown


class Waves(eqx.Module):
    """Directions and phases, drawn once."""

    directions: Float[Array, "size inputs"]
    phases: Float[Array, " size"]


class RandomFourier(AbstractExpansion):
    """√2 cos(w·x / ℓ + b), with w of independent normals and b uniform: a kernel made linear.

    A linear readout of these columns is a kernel machine with the Gaussian kernel of width ℓ in
    normalised inputs, up to an error that falls with 1 / √size. The width is that of typical
    distances: `width_scale` times the square root of the number of inputs.

    Cost: a product of size and inputs, and as many numbers.

    Reference: Rahimi & Recht (2007), Random features for large-scale kernel machines.

    Args:
        size: columns.
        width_scale: ℓ in units of √inputs, above 0.
        of: which inputs: "all", "features" or "labels".
        seed: of the draw.
    """

    size: int = eqx.field(static=True, default=64)
    width_scale: float = eqx.field(static=True, default=1.0)
    of: Of = eqx.field(static=True, default="all")
    seed: int = eqx.field(static=True, default=0)

    def __check_init__(self):
        refuse_unknown(self.of)
        check_sizes(size=self.size)
        check_integer("seed", self.seed, least=0, example=0)
        if not (is_real(self.width_scale) and self.width_scale > 0):
            raise ValueError(
                f"Expected width_scale > 0; got {self.width_scale!r}. Try width_scale=1.0."
            )

    def width(self, features: int, labels: int) -> int:
        del features, labels
        return self.size

    def init(self, features: int, labels: int, dtype) -> Waves:
        inputs = count(self.of, features, labels)
        # By NumPy, which compiles nothing for it.
        draw = np.random.default_rng(self.seed)
        length = self.width_scale * max(inputs, 1) ** 0.5
        directions = draw.standard_normal((self.size, inputs)) / length
        phases = draw.uniform(0, 2 * np.pi, self.size)
        return Waves(jnp.asarray(directions, dtype), jnp.asarray(phases, dtype))

    def step(self, state: Waves, seen: Inputs, labels: int) -> tuple[Waves, Float[Array, " width"]]:
        x = seen.scaled[chosen(self.of, len(seen.scaled), labels)]
        root = jnp.asarray(2, x.dtype) ** 0.5
        return state, root * jnp.cos(state.directions @ x + state.phases)

    def tags(self, features: int, labels: int) -> list[Hashable]:
        del features, labels
        return list(range(self.size))
