"""Classes by the labels of like samples."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from onward._checks import check_sizes, real_dtype
from onward._typing import Array, Bool, Float
from onward.losses import AbstractLoss
from onward.readouts.base import AbstractReadout
from onward.readouts.window import UNSURE, Likeness, Window


class KernelClassifier(AbstractReadout):
    """Probabilities of classes by the labels of the newest samples, the likelier the more alike.

    With e_i, how much a sample of the `Window` counts for φ = (emitted, x), of k classes

        p_c = (Σ_i e_i 1[y_i = c] + ε / k) / (Σ_i e_i + ε),   o_c = log p_c,   ε = 1/10

    This is the estimator of Nadaraya (1964) and Watson (1964). Which inputs tell classes apart,
    and how fast the past loses worth, is learnt: each label, before its sample is stored, moves
    their scales against the gradient of the loss, as in neighbourhood components analysis. So
    inputs that tell nothing do not disturb for long, and neither do classes that move about.

    It keeps samples: `window` of them, and no more. Cost: some 10 multiplications a number of the
    window and a label, and `window` · (q + k + 2) numbers for q inputs.

    References: Nadaraya (1964), Theory of Probability and its Applications 9(1); Watson (1964),
    Sankhyā A 26(4); Goldberger, Roweis, Hinton & Salakhutdinov (2004), Advances in Neural
    Information Processing Systems 17.

    Args:
        features: numbers that the cell emits.
        outputs: classes.
        direct: width of x for the direct path; 0 for none.
        window: samples that are kept.
        dtype: of the parameters; JAX's default float if not given.
    """

    window: Window
    labels: Float[Array, "classes n"]

    def __init__(
        self, features: int, outputs: int, *, direct: int = 0, window: int = 1000, dtype=None
    ):
        check_sizes(features=features, outputs=outputs)
        if direct:
            check_sizes(direct=direct)
        self.window = Window(features + direct, window, dtype)
        self.labels = jnp.asarray(np.zeros((outputs, window), real_dtype(dtype)))

    def __call__(
        self, emitted: Float[Array, " features"], x: Float[Array, " m"]
    ) -> Float[Array, " classes"]:
        return self._by(self.window, self.window.read(emitted, x))

    @property
    def learns_in_place(self) -> bool:
        return True

    def init_learning(self) -> Likeness:
        return Likeness.unknown(self.window)

    def learn(
        self,
        learning: Likeness,
        emitted: Float[Array, " features"],
        x: Float[Array, " m"],
        target: Float[Array, " targets"],
        known: Bool[Array, " targets"],
        weight: Float[Array, ""],
        loss: AbstractLoss,
    ) -> tuple["KernelClassifier", Likeness]:
        if not loss.categorical:
            raise ValueError(
                f"Expected a loss of classes; got {loss}. Try readout=onward.KernelRegressor."
            )
        features = self.window.read(emitted, x)

        def cost(window: Window) -> Float[Array, ""]:
            return loss(self._by(window, features), target, known)

        window, learning = learning.learn(self.window, weight, cost)
        labels = window.kept(self.labels, loss.encode(target), weight)
        after: Any = (window.with_sample(features, weight), labels)
        return eqx.tree_at(lambda one: (one.window, one.labels), self, after), learning

    def _by(self, window: Window, features: Float[Array, " q"]) -> Float[Array, " classes"]:
        counted = self.labels @ window.likeness(features)
        unsure = UNSURE / counted.size
        return jnp.log((counted + unsure) / (jnp.sum(counted) + UNSURE))
