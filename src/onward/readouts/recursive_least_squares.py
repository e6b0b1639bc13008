"""The linear readout that keeps the least-squares solution up to date."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from onward._checks import is_real
from onward._typing import Array, Bool, Float, Int
from onward.losses import AbstractLoss
from onward.readouts.base import AbstractReadout
from onward.readouts.linear import Linear
from onward.readouts.proximal import proximal

# What is left at least of what was known before heavy labels, while each weight's prior is renewed
# once. Numbers in single precision bear no less: directions that nothing excites would run off.
LEAST_LEFT = 1e-2


class Information(eqx.Module):
    """What has been learnt, and how surely.

    Attributes:
        root: S with P = S Sᵀ, the inverse of the information; P is positive semidefinite
            whatever S is rounded to.
        place: the weight whose prior is renewed next.
    """

    root: Float[Array, "q q"]
    place: Int[Array, ""]


class RecursiveLeastSquares(AbstractReadout):
    """A `Linear` readout that learns by recursive least squares with forgetting, second-order.

    With φ = (emitted, x, 1) of q numbers, o = W φ, forgetting λ and prior information δ, a label
    of weight w does

        P ← P / λ,   s = φᵀ P φ,   k = P φ
        o* = argmin  w L(o', label) + |o' - o|² / (2 s)
        W ← W + (o* - o) kᵀ / s
        P ← P - k kᵀ h / (1 + h s),   h = w · the curvature of L at o*

    For `Squared` this is recursive least squares. For any other loss the output moves to where
    the slope is that of the place it arrives at, so that no step overshoots. For `CrossEntropy`
    it is logistic regression by iteratively reweighted least squares, one sample at a time. The
    outputs share P. With several outputs h is one number for all (see `proximal`); it is exact
    for `Squared` and for two classes. A missing target leaves its weights as they are, but P
    counts the sample for all targets.

    Forgetting alone would let P grow without bound where φ does not excite it. So the prior is
    not forgotten: each label adds information (1 - λ) q δ to one weight, in turn, which keeps P
    below about 1/δ (cyclic resetting). Weights do not move by that.

    P is kept as a square root (Potter 1963; Bierman 1977). A sample of weight w ages what was
    learnt by λ^w, so that weight 0 changes nothing; but q heavy samples by a hundred at most,
    since one prior is renewed at a time.

    Cost: 6 q² multiplications a label, q² numbers.

    Reference: Sussillo & Abbott (2009), Neuron 63(4), who train the readout of a reservoir so
    (FORCE); Salgado, Goodwin & Middleton (1988), Int. J. Control 47(2), and Lai & Bernstein
    (2023), IEEE Control Systems Letters 7, for the prior that is not forgotten.

    Args:
        features: numbers that the cell emits.
        outputs: numbers to put out.
        direct: width of x for the direct path; 0 for none.
        forgetting: λ in (0, 1]; 1 / (1 - λ) labels are remembered. At 1 nothing is forgotten.
        regularisation: δ > 0, in squared units of φ: as many unit-sized samples say that a weight
            stays where it is.
        dtype: of the parameters; JAX's default float if not given.
    """

    map: Linear
    forgetting: float = eqx.field(static=True)
    regularisation: float = eqx.field(static=True)

    def __init__(
        self,
        features: int,
        outputs: int,
        *,
        direct: int = 0,
        forgetting: float = 0.998,
        regularisation: float = 1.0,
        dtype=None,
    ):
        if not (is_real(forgetting) and 0 < forgetting <= 1):
            raise ValueError(
                f"Expected 0 < forgetting <= 1; got {forgetting!r}. Try forgetting=0.998."
            )
        if not (is_real(regularisation) and regularisation > 0):
            raise ValueError(
                f"Expected regularisation > 0; got {regularisation!r}. Try regularisation=1.0."
            )
        self.map = Linear(features, outputs, direct=direct, dtype=dtype)
        self.forgetting = forgetting
        self.regularisation = regularisation

    def __call__(
        self, emitted: Float[Array, " features"], x: Float[Array, " m"]
    ) -> Float[Array, " outputs"]:
        return self.map(emitted, x)

    def persistent(self, repeating: np.ndarray) -> "RecursiveLeastSquares":
        return eqx.tree_at(lambda readout: readout.map, self, self.map.persistent(repeating))

    def init_learning(self) -> Information:
        dtype = self.map.bias.dtype
        root = jnp.eye(self.width, dtype=dtype) / self.regularisation**0.5
        return Information(root, jnp.zeros((), jnp.int32))

    @property
    def width(self) -> int:
        """q, the length of φ."""
        direct = 0 if self.map.direct is None else self.map.direct.shape[1]
        return self.map.weight.shape[1] + direct + 1

    def learn(
        self,
        learning: Information,
        emitted: Float[Array, " features"],
        x: Float[Array, " m"],
        target: Float[Array, " targets"],
        known: Bool[Array, " targets"],
        weight: Float[Array, ""],
        loss: AbstractLoss,
    ) -> tuple["RecursiveLeastSquares", Information]:
        features = self._features(emitted, x)
        age = aged(self.forgetting, weight, self.width)
        seen = features @ learning.root / jnp.sqrt(age)
        spread = jnp.sum(seen * seen)
        gain = learning.root @ seen / jnp.sqrt(age)
        output = self.map(emitted, x)
        reached, curvature = proximal(loss, output, target, known, weight, spread)
        moved = self._moved((reached - output) / spread, gain)
        root = informed(learning.root / jnp.sqrt(age), gain, seen, weight * curvature)
        return moved, self._renewed(Information(root, learning.place), age)

    def _features(
        self, emitted: Float[Array, " features"], x: Float[Array, " m"]
    ) -> Float[Array, " q"]:
        one = jnp.ones(1, emitted.dtype)
        return jnp.concatenate([emitted, one] if self.map.direct is None else [emitted, x, one])

    def _moved(
        self, change: Float[Array, " outputs"], gain: Float[Array, " q"]
    ) -> "RecursiveLeastSquares":
        """With `change` of the outputs for each unit of `gain`."""
        step = jnp.outer(change, gain)
        columns = self.map.weight.shape[1]
        linear = eqx.tree_at(
            lambda linear: (linear.weight, linear.bias),
            self.map,
            (self.map.weight + step[:, :columns], self.map.bias + step[:, -1]),
        )
        if linear.direct is not None:
            direct = linear.direct + step[:, columns:-1]
            linear = eqx.tree_at(lambda linear: linear.direct, linear, direct)
        return eqx.tree_at(lambda readout: readout.map, self, linear)

    def _renewed(self, information: Information, age: Float[Array, ""]) -> Information:
        """With what the prior of one weight has lost since its last turn."""
        if self.forgetting == 1:
            return information
        lost = (1 - age) * self.width * self.regularisation
        seen = information.root[information.place]
        root = informed(information.root, information.root @ seen, seen, lost)
        turn = jnp.where(age < 1, information.place + 1, information.place)
        return Information(root, turn % self.width)


def aged(forgetting: float, weight: Float[Array, ""], width: int) -> Float[Array, ""]:
    """What is left of what was known, after a label of a weight: λ^w, within bounds.

    Args:
        forgetting: λ.
        weight: w >= 0.
        width: how many priors are renewed in turn.
    """
    left = jnp.asarray(forgetting, weight.dtype) ** weight
    return jnp.maximum(left, min(forgetting, LEAST_LEFT ** (1 / width)))


def informed(
    root: Float[Array, "*many q q"],
    gain: Float[Array, "*many q"],
    seen: Float[Array, "*many q"],
    information: Float[Array, "*many"],
) -> Float[Array, "*many q q"]:
    """S after P⁻¹ has gained `information` · φ φᵀ, where `seen` = Sᵀ φ and `gain` = S Sᵀ φ."""
    total = 1 + information * jnp.sum(seen * seen, axis=-1)
    scale = information / (total + jnp.sqrt(total))
    return root - scale[..., None, None] * (gain[..., :, None] * seen[..., None, :])
