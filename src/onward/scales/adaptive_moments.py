"""Moments that forget, and start afresh at a lasting change of level or unit."""

import equinox as eqx
import jax.numpy as jnp

from onward._typing import Array, Bool, Float
from onward.scales.base import AbstractScale
from onward.scales.exponential_moments import ExponentialMoments
from onward.scales.moments import Moments, deviation, moved

# Values in a row outside of the clip after which the level has changed; and values in a row, each
# other than the one before, that vary so many times less, after which the unit has.
LEVEL, UNIT, CALMER = 20, 200, 50.0
# Values of a long run that weigh alike.
WINDOW = 32


class AdaptiveState(eqx.Module):
    """The moments in use, and those of the present run of values.

    Attributes:
        moments: what values are normalised by.
        run: those of the run; its count is negative where the run lies outside.
        newest: the newest known value.
    """

    moments: Moments
    run: Moments
    newest: Float[Array, " size"]


class AdaptiveMoments(AbstractScale):
    """Mean and standard deviation that forget, and that a lasting change replaces at once.

    They move as in `ExponentialMoments`. Beside them stand the moments of the present run: of
    consecutive values that all lie within `clip` deviations of the mean, or all outside. These
    replace the moments in use when 20 values in a row lie outside (the level has changed), or when
    200 values in a row, none equal to the one before, vary 50 times less (the unit has). So a
    single outlier stays harmless, and some 20 values after a jump of any size the scale fits.
    A label is carried over unclipped from the second of a run outside on.
    Cost: 7 numbers an entry.

    Args:
        time_constant: in samples, at least 1.
        clip: in standard deviations.
        trust: values before outliers are recognised.
    """

    time_constant: float = eqx.field(static=True, default=5000.0)
    clip: float = eqx.field(static=True, default=10.0)
    trust: int = eqx.field(static=True, default=32)

    def __check_init__(self):
        if self.clip is None:
            raise ValueError(
                "Expected clip > 0; got None. Try clip=10, or ExponentialMoments without one."
            )
        _ = self._forgetting

    @property
    def _forgetting(self) -> ExponentialMoments:
        return ExponentialMoments(
            time_constant=self.time_constant, clip=self.clip, trust=self.trust
        )

    def init(self, size: int, dtype) -> AdaptiveState:
        none = self._forgetting.init(size, dtype)
        return AdaptiveState(none, none, jnp.zeros(size, dtype))

    def update(
        self, state: AdaptiveState, value: Float[Array, " size"], known: Bool[Array, " size"]
    ) -> AdaptiveState:
        used = state.moments
        reach = self.clip * deviation(used)
        trusted = (used.count >= self.trust) & (used.variance > 0)
        far = trusted & (jnp.abs(value - used.mean) > reach)
        # A value that stays where it is says nothing of how much values vary.
        told = known & (far | (value != state.newest))
        before = jnp.where(far == (state.run.count < 0), jnp.abs(state.run.count), 0)
        run = moved(state.run.counted(before), value, told, _weight_in_run)
        level = far & (run.count >= LEVEL)
        unit = ~far & (run.count >= UNIT) & (run.variance * CALMER**2 < used.variance)
        changed = told & (level | unit)
        used = self._forgetting.update(used, value, known).values
        # A run that has become calm still remembers what came before, and is soon to forget it.
        weight = jnp.where(unit, 1, jnp.minimum(run.count, WINDOW))
        signed = jnp.where(changed, 0, jnp.where(far, -run.count, run.count))
        return AdaptiveState(
            Moments(jnp.where(changed, run.counted(weight).values, used)),
            Moments(jnp.where(told, run.counted(signed).values, state.run.values)),
            jnp.where(known, value, state.newest),
        )

    def normalise(
        self, state: AdaptiveState, value: Float[Array, " size"]
    ) -> Float[Array, " size"]:
        return self._forgetting.normalise(state.moments, value)

    def bounded(self, score: Float[Array, " size"]) -> Float[Array, " size"]:
        return self._forgetting.bounded(score)

    def carried(self, state: AdaptiveState, score: Float[Array, " size"]) -> Float[Array, " size"]:
        return jnp.where(state.run.count <= -2, score, self.bounded(score))

    def restore(self, state: AdaptiveState, value: Float[Array, " size"]) -> Float[Array, " size"]:
        return self._forgetting.restore(state.moments, value)

    def ready(self, state: AdaptiveState, value: Float[Array, " size"]) -> Bool[Array, " size"]:
        return self._forgetting.ready(state.moments, value)


def _weight_in_run(count: Float[Array, " size"]) -> Float[Array, " size"]:
    return jnp.maximum(1 / count, 1 / WINDOW)
