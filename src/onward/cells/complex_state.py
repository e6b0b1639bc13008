"""Complex diagonal recurrence written in real numbers."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from onward._checks import is_real
from onward._typing import Array, Float, PRNGKeyArray


class ComplexState(NamedTuple):
    """A complex state as two real slots."""

    real: Float[Array, " n"]
    imaginary: Float[Array, " n"]

    def turned(self, radius: Float[Array, " n"], phase: Float[Array, " n"]) -> "ComplexState":
        """λ ∘ s for the poles λ = radius · exp(i phase)."""
        cosine, sine = radius * jnp.cos(phase), radius * jnp.sin(phase)
        return ComplexState(
            cosine * self.real - sine * self.imaginary,
            sine * self.real + cosine * self.imaginary,
        )


def squared_radii(
    key: PRNGKeyArray, size: int, minimum: float, maximum: float, dtype
) -> Float[Array, " size"]:
    """|λ|² uniform in [minimum², maximum²]: poles uniform over the area of a ring.

    Raises:
        ValueError: the radii are out of order, or outside of [0, 1).
    """
    if not (is_real(minimum) and is_real(maximum) and 0 <= minimum < maximum < 1):
        raise ValueError(
            "Expected 0 <= minimum_radius < maximum_radius < 1; got "
            f"{minimum!r} and {maximum!r}. Try 0.5 and 0.99."
        )
    return jnp.clip(jax.random.uniform(key, (size,), dtype, minimum**2, maximum**2), 1e-6)


def log_phases(key: PRNGKeyArray, size: int, maximum: float, dtype) -> Float[Array, " size"]:
    """log θ, with the phases θ uniform up to `maximum`, in radians a sample.

    Raises:
        ValueError: the largest phase is none.
    """
    smallest = 1e-3
    if not (is_real(maximum) and maximum > smallest):
        raise ValueError(
            f"Expected maximum_phase > {smallest}; got {maximum!r}. Try maximum_phase=6.28."
        )
    return jnp.log(jax.random.uniform(key, (size,), dtype, smallest, maximum))
