"""A mean and how far labels spread about it."""

from collections.abc import Callable
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from onward._typing import Array, Float
from onward.losses.base import AbstractLoss

# Of the logarithm of the variance of a normalised target, either way.
MOST = 10.0


class Gaussian(AbstractLoss):
    """½ (v + (label - m)² exp(-v)): the mean m and the logarithm v of the variance.

    This is the negative log-likelihood of a normal distribution, less a constant. Each target has
    two outputs, m and v. A prediction holds the mean and the standard deviation of the first
    target, then those of the second: `prediction.reshape(targets, 2)`, in the units of the
    targets. Between v and the standard deviation lies the scale of the targets, by its slope.

    v counts as -10 where it is lower and as 10 where it is higher, and is moved by the gradient
    that it would have there. A label is fed back as it is; a readout that begins by repeating it
    does so with its means.

    Reference: Nix & Weigend (1994), "Estimating the mean and variance of the target probability
    distribution", ICNN.
    """

    unit_slope: ClassVar[bool] = False

    def per_target(
        self, output: Float[Array, " outputs"], label: Float[Array, " targets"]
    ) -> Float[Array, " targets"]:
        mean, spread = _both(output)
        return 0.5 * (spread + (label - mean) ** 2 * jnp.exp(-spread))

    def restored(
        self,
        output: Float[Array, " outputs"],
        restore: Callable[[Float[Array, " targets"]], Float[Array, " targets"]],
    ) -> Float[Array, " outputs"]:
        mean, spread = _both(output)
        # A difference of two restored numbers would lose its digits to a large offset.
        mean, deviation = jax.jvp(restore, (mean,), (jnp.exp(0.5 * spread),))
        return jnp.stack([mean, deviation], axis=1).ravel()

    def outputs(self, targets: int) -> int:
        return 2 * targets

    def width(self, targets: int) -> int:
        return targets

    def repeating(self, targets: int) -> np.ndarray:
        return np.kron(np.eye(targets), [[1.0], [0.0]])


def _both(
    output: Float[Array, " outputs"],
) -> tuple[Float[Array, " targets"], Float[Array, " targets"]]:
    """Means, and the logarithms of the variances within their bounds."""
    mean, spread = output.reshape(-1, 2).T
    bounded = jnp.clip(spread, -MOST, MOST)
    # A gradient of zero beyond the bounds would never lead back.
    return mean, spread + jax.lax.stop_gradient(bounded - spread)
