"""Numbers by a line, and by what it left over of like samples."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward._checks import real_dtype
from onward._typing import Array, Bool, Float
from onward.losses import AbstractLoss
from onward.readouts.base import AbstractReadout
from onward.readouts.recursive_least_squares import Information, RecursiveLeastSquares
from onward.readouts.window import UNSURE, Likeness, Window


class KernelRegressor(AbstractReadout):
    """A line by recursive least squares, and the mean of what it left over of like samples.

    With e_i, how much a sample of the `Window` counts for φ = (emitted, x), W the line's weights
    now and u_i = y_i - W_i (φ_i, 1) what the line missed of label i before it learnt from it

        o = W (φ, 1) + Σ_i e_i u_i / (Σ_i e_i + ε),   ε = 1/10

    The second part is the estimator of Nadaraya (1964) and Watson (1964); with a line it makes a
    partially linear model, which does not forget a trend where it has no like samples. Which
    inputs tell something about what is left over, and how fast the past loses worth, is learnt:
    each label, before its sample is stored, moves their scales against the gradient of the loss,
    as in metric learning for kernel regression. A missing target is left out of its own mean.

    It keeps samples: `window` of them, and no more. Cost: some 10 multiplications a number of the
    window and a label beside those of `RecursiveLeastSquares`, and `window` · (q + 2 k + 2) numbers
    for q inputs and k outputs.

    References: Nadaraya (1964), Theory of Probability and its Applications 9(1); Watson (1964),
    Sankhyā A 26(4); Speckman (1988), Journal of the Royal Statistical Society B 50(3), for the
    line; Weinberger & Tesauro (2007), AISTATS, for the scales.

    Args:
        features: numbers that the cell emits.
        outputs: numbers to put out.
        direct: width of x for the direct path; 0 for none.
        window: samples that are kept.
        forgetting: of the line; see `RecursiveLeastSquares`.
        dtype: of the parameters; JAX's default float if not given.
    """

    line: RecursiveLeastSquares
    window: Window
    missed: Float[Array, "2 outputs n"]

    def __init__(
        self,
        features: int,
        outputs: int,
        *,
        direct: int = 0,
        window: int = 1000,
        forgetting: float = 0.999,
        dtype=None,
    ):
        self.line = RecursiveLeastSquares(
            features, outputs, direct=direct, forgetting=forgetting, dtype=dtype
        )
        self.window = Window(features + direct, window, dtype)
        self.missed = jnp.asarray(np.zeros((2, outputs, window), real_dtype(dtype)))

    def __call__(
        self, emitted: Float[Array, " features"], x: Float[Array, " m"]
    ) -> Float[Array, " outputs"]:
        return self.line(emitted, x) + self._missed(self.window, self.window.read(emitted, x))

    def persistent(self, repeating: np.ndarray) -> "KernelRegressor":
        return eqx.tree_at(lambda one: one.line, self, self.line.persistent(repeating))

    @property
    def learns_in_place(self) -> bool:
        return True

    def init_learning(self) -> tuple[Information, Likeness]:
        return self.line.init_learning(), Likeness.unknown(self.window)

    def learn(
        self,
        learning: tuple[Information, Likeness],
        emitted: Float[Array, " features"],
        x: Float[Array, " m"],
        target: Float[Array, " targets"],
        known: Bool[Array, " targets"],
        weight: Float[Array, ""],
        loss: AbstractLoss,
    ) -> tuple["KernelRegressor", tuple[Information, Likeness]]:
        if loss.categorical:
            raise ValueError(
                f"Expected a loss of numbers; got {loss}. Try readout=onward.KernelClassifier."
            )
        information, likeness = learning
        features, straight = self.window.read(emitted, x), self.line(emitted, x)

        def cost(window: Window) -> Float[Array, ""]:
            return loss(straight + self._missed(window, features), target, known)

        # It refuses losses whose outputs are not their targets.
        learnt = self.line.learn(information, emitted, x, target, known, weight, loss)
        # At weight 0 what is emitted may be no number, with which it would multiply that weight.
        line, information = jax.tree.map(
            lambda new, old: jnp.where(weight > 0, new, old), learnt, (self.line, information)
        )
        window, likeness = likeness.learn(self.window, weight, cost)
        mass = jnp.where(known, 1, 0).astype(target.dtype)
        left_over = jnp.where(known, target - straight, 0)
        missed = window.kept(self.missed, jnp.stack([left_over, mass]), weight)
        after: Any = (line, window.with_sample(features, weight), missed)
        moved = eqx.tree_at(lambda one: (one.line, one.window, one.missed), self, after)
        return moved, (information, likeness)

    def _missed(self, window: Window, features: Float[Array, " q"]) -> Float[Array, " outputs"]:
        missed, mass = self.missed @ window.likeness(features)
        return missed / (mass + UNSURE)
