"""Several quantiles at once."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward._checks import is_real
from onward._typing import Array, Float
from onward.losses.base import AbstractLoss


class Quantile(AbstractLoss):
    """Σ over levels τ of max(τ e, (τ - 1) e), with e = label - output: follows quantiles.

    Each target has an output for each level. A prediction holds those of the first target, then
    those of the second: `prediction.reshape(targets, levels)`, in the units of the targets and in
    the order of the levels. Outputs that cross are sorted, which costs no accuracy. With an odd
    number of levels that lie evenly about 0.5 the middle one is the median, a point prediction.

    A label is fed back as it is, once a target. A readout that begins by repeating it does so at
    every level.

    Reference: Koenker & Bassett (1978), Econometrica 46(1); Chernozhukov, Fernández-Val & Galichon
    (2010), Econometrica 78(3), for sorting.

    Args:
        levels: in (0, 1), each larger than the one before.

    Raises:
        ValueError: other levels.
    """

    levels: tuple[float, ...] = eqx.field(static=True, default=(0.05, 0.5, 0.95))

    def __check_init__(self):
        levels = self.levels
        numbers = isinstance(levels, tuple) and all(is_real(level) for level in levels)
        if not numbers or not levels or any(np.diff((0.0, *levels, 1.0)) <= 0):
            raise ValueError(
                f"Expected increasing levels between 0 and 1; got {levels!r}. Try "
                "levels=(0.05, 0.5, 0.95)."
            )

    def per_target(
        self, output: Float[Array, " outputs"], label: Float[Array, " targets"]
    ) -> Float[Array, " targets"]:
        error = label[:, None] - self._by_target(output)
        levels = jnp.asarray(self.levels, output.dtype)[None]
        return jnp.sum(jnp.maximum(levels * error, (levels - 1) * error), axis=1)

    def restored(
        self,
        output: Float[Array, " outputs"],
        restore: Callable[[Float[Array, " targets"]], Float[Array, " targets"]],
    ) -> Float[Array, " outputs"]:
        return jax.vmap(restore, 1, 1)(self._by_target(output)).ravel()

    def link(self, output: Float[Array, " outputs"]) -> Float[Array, " outputs"]:
        return jnp.sort(self._by_target(output), axis=1).ravel()

    def outputs(self, targets: int) -> int:
        return targets * len(self.levels)

    def width(self, targets: int) -> int:
        return targets

    def repeating(self, targets: int) -> np.ndarray:
        return np.repeat(np.eye(targets), len(self.levels), axis=0)

    def _by_target(self, output: Float[Array, " outputs"]) -> Float[Array, "targets levels"]:
        return output.reshape(-1, len(self.levels))
