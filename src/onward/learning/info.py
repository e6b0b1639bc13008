"""What a learner tells of each step."""

import math
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from onward._typing import Array, Bool, Float


class StepInfo(NamedTuple):
    """What you may want to see of a step; in `run` with a first axis of time.

    Attributes:
        prediction: made from this sample before any label of it was used; original units for
            regression, probabilities for classification. With `Quantile` the quantiles of the
            first target, then those of the second; with `Gaussian` mean and standard deviation
            likewise. NaN before there was a label to tell the units.
        loss: of the sample whose label arrived, on the normalised scale and without its weight;
            NaN if there is nothing to learn from.
        gradient_norm: of that sample's whole gradient; NaN if none. With blocks of samples that of
            a block's mean gradient, at its end, and NaN at all other samples.
        learnt: whether the weights moved.
        skipped: whether this sample, or the label that came with it, was counted as skipped.
        diagnostics: what the rule reports; `rule.reports` names the entries. NaN where there is
            nothing to report yet.
    """

    prediction: Float[Array | np.ndarray, "*T outputs"]
    loss: Float[Array | np.ndarray, "*T"]
    gradient_norm: Float[Array | np.ndarray, "*T"]
    learnt: Bool[Array | np.ndarray, "*T"]
    skipped: Bool[Array | np.ndarray, "*T"]
    diagnostics: Float[Array | np.ndarray, "*T reports"]


class Report(NamedTuple):
    """A `StepInfo` within a compiled step, where nothing that is absent is NaN.

    JAX's search for NaN (`JAX_DEBUG_NANS`) looks at what a compiled function returns. What is
    absent is told by flags there, so that the search finds the NaN of a user's own parts.
    """

    prediction: Float[Array, " outputs"]
    predicted: Bool[Array, " outputs"]
    loss: Float[Array, ""]
    gradient_norm: Float[Array, ""]
    wanted: Bool[Array, ""]
    learnt: Bool[Array, ""]
    skipped: Bool[Array, ""]
    diagnostics: Float[Array, " reports"]

    def pack(self) -> Float[Array, " packed"]:
        """All of it as one array, which a scan can stack with a single write a step."""
        dtype = self.prediction.dtype
        whole = self.wanted & jnp.all(self.predicted)
        norm = jnp.where(self.wanted, self.gradient_norm, jnp.inf)
        last = (self.loss, norm, self.wanted, self.learnt, self.skipped, whole)
        return jnp.concatenate(
            [
                self.prediction,
                self.predicted.astype(dtype),
                self.diagnostics,
                jnp.stack([one.astype(dtype) for one in last]),
            ]
        )


def unpack(packed: Float[Array | np.ndarray, "*T packed"], outputs: int) -> StepInfo:
    """The information in packed reports: of a NumPy array in NumPy, of a JAX array in JAX."""
    xp = np if isinstance(packed, np.ndarray) else jnp
    if xp is np and packed.shape == (2 * outputs + 6,) and packed[-1]:
        # What a loop in Python gets nearly always: nothing is absent, but within a block the norm.
        norm = packed[-5]
        return StepInfo(
            prediction=packed[:outputs],
            loss=packed[-6],
            gradient_norm=norm if math.isfinite(norm) else packed.dtype.type(math.nan),
            learnt=packed[-3] > 0,
            skipped=packed[-2] > 0,
            diagnostics=packed[:0],
        )
    entries = packed.T
    loss, norm, wanted, learnt, skipped, _ = entries[-6:]
    nothing = np.asarray(np.nan, packed.dtype)
    predicted = entries[outputs : 2 * outputs] > 0
    reported = entries[2 * outputs : -6]
    return StepInfo(
        prediction=xp.where(predicted, entries[:outputs], nothing).T,
        loss=xp.where(wanted > 0, loss, nothing).T,
        gradient_norm=xp.where(xp.isfinite(norm), norm, nothing).T,
        learnt=learnt.T > 0,
        skipped=skipped.T > 0,
        diagnostics=xp.where(xp.isfinite(reported), reported, nothing).T,
    )


def told_of_update(
    packed: Float[Array, " packed"],
    norm: Float[Array, ""],
    moved: Bool[Array, ""],
    failed: Bool[Array, ""],
) -> Float[Array, " packed"]:
    """A packed report of a learner whose weights move at the ends of blocks.

    Args:
        packed: what a sample has to tell.
        norm: of the block's mean gradient, if this is its end.
        moved: whether it has moved the weights.
        failed: whether it was not finite.
    """
    loss, _, wanted, _, skipped, whole = packed[-6:]
    skipped = jnp.maximum(skipped, failed.astype(packed.dtype))
    norm = jnp.where(moved, norm, jnp.inf)
    last = jnp.stack([loss, norm, wanted, moved.astype(packed.dtype), skipped, whole])
    return jnp.concatenate([packed[:-6], last])


def unpack_prediction(made: Float[Array | np.ndarray, "*T 2 outputs"]) -> Array | np.ndarray:
    """A prediction from one that has beside it where there is one; NaN where there is none."""
    xp, made = (jnp, made) if isinstance(made, Tracer) else (np, np.asarray(made))
    return xp.where(made[..., 1, :] > 0, made[..., 0, :], np.asarray(np.nan, made.dtype))
