"""The newest samples, and how much each counts for a further one: the likeness is learnt."""

import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward._checks import check_sizes, real_dtype
from onward._typing import Array, Float, Int
from onward.readouts.ordering import after

# Distances at which samples count are about this, in units of all inputs, before anything is known.
NEAR = 0.5
# Logarithm of what the whole window's age adds to a distance, before anything is known.
RECENT = -1.0
# Steps in logarithms of scales: later ones, and what is added to the first.
RATE, FIRST = 0.01, 0.05
# Labels after which that addition has halved, and over which steps grow to their full length.
HALF, WARM = 200, 50
# Of the mean square of gradients, by which steps are divided; and what is added to its root.
DECAY, LEAST = 0.99, 1e-4
# Of the way back to the start that a step takes of the logarithms of scales.
PULL = 0.03
# Logarithms of scales stay within.
LOWEST, HIGHEST = -8.0, 5.0
# Of what is said where no sample is like, in units of the sample that counts most.
UNSURE = 0.1
# Weight that a sample counts with at most: heavier ones would be alike to everything.
HEAVIEST = 100.0
# Logarithm of the weight of a sample that is not there; finite, so that gradients are.
NOWHERE = -1e30


def start_of(inputs: int) -> float:
    """Logarithms of the scales of so many inputs before anything is known."""
    return -math.log(NEAR * inputs**0.5)


class Window(eqx.Module):
    """Samples of the past with a learnt measure of likeness.

    The sample i counts for an input φ by

        e_i ∝ m_i exp(-½ Σ_j exp(2 s_j) (φ_j - φ_ij)² - ½ exp(2 r) a_i / n),   max_i e_i = 1

    with its weight m_i, its age a_i in labels, and n samples at most. How much each input tells,
    exp(s_j), and how fast samples lose worth, exp(r), are learnt (`Likeness`). Their gradients
    hold fixed the factor that makes the largest e_i one.

    Attributes:
        inputs: φ of each sample, a column each.
        ages: labels since.
        weights: logarithms of m, the weight of a sample's label but 100 at most.
        scales: s.
        recency: r.
    """

    inputs: Float[Array, "inputs n"]
    ages: Float[Array, " n"]
    weights: Float[Array, " n"]
    scales: Float[Array, " inputs"]
    recency: Float[Array, ""]

    def __init__(self, inputs: int, samples: int, dtype: Any):
        check_sizes(inputs=inputs, window=samples)
        dtype = real_dtype(dtype)
        # By NumPy, for which nothing is compiled.
        self.inputs = jnp.asarray(np.zeros((inputs, samples), dtype))
        # Places are taken in turn: the oldest is replaced, and these differ.
        self.ages = jnp.asarray(np.arange(samples, 0, -1).astype(dtype))
        self.weights = jnp.asarray(np.full(samples, NOWHERE, dtype))
        self.scales = jnp.asarray(np.full(inputs, start_of(inputs), dtype))
        self.recency = jnp.asarray(np.asarray(RECENT, dtype))

    @property
    def samples(self) -> int:
        """How many are kept at most."""
        return len(self.ages)

    def read(
        self, emitted: Float[Array, " features"], x: Float[Array, " m"]
    ) -> Float[Array, " inputs"]:
        """φ: what is emitted and, with a direct path, the input."""
        direct = len(self.scales) > len(emitted)
        return jnp.concatenate([emitted, x]) if direct else emitted

    def likeness(self, x: Float[Array, " inputs"]) -> Float[Array, " n"]:
        """How much each sample counts for an input, from 0 to 1; of no samples any numbers."""
        squares = (self.inputs - x[:, None]) ** 2
        old = jnp.exp(2 * self.recency) / self.ages.size * self.ages
        exponents = self.weights - (jnp.exp(2 * self.scales) @ squares + old) / 2
        return jnp.exp(exponents - jax.lax.stop_gradient(jnp.max(exponents)))

    @property
    def oldest(self) -> Int[Array, ""]:
        """The place that the next sample takes."""
        return jnp.argmax(self.ages)

    def with_sample(self, x: Float[Array, " inputs"], weight: Float[Array, ""]) -> "Window":
        """With a further sample in place of the oldest; at weight 0 as it is."""
        older = self.ages + jnp.where(weight > 0, 1, 0).astype(self.ages.dtype)
        return eqx.tree_at(
            lambda one: (one.inputs, one.ages, one.weights),
            self,
            (
                self.kept(self.inputs, x, weight),
                self.kept(older, jnp.zeros_like(weight), weight),
                self.kept(self.weights, jnp.log(jnp.minimum(weight, HEAVIEST)), weight),
            ),
        )

    def kept(
        self, several: Float[Array, "*many n"], one: Float[Array, "*many"], weight: Array
    ) -> Float[Array, "*many n"]:
        """What is kept of each sample, with that of a further one in place of the oldest's.

        One place is written whatever the weight, and after the samples have told how to move the
        scales, so that nothing is copied.
        """
        place, told = self.oldest, after(weight, (self.scales, self.recency)) > 0
        return several.at[..., place].set(jnp.where(told, one, several[..., place]))


class Likeness(eqx.Module):
    """What is known of the gradients by which the likeness is learnt.

    Attributes:
        squares: running mean squares of the gradients by s, and by r.
        count: of labels.
    """

    squares: tuple[Float[Array, " inputs"], Float[Array, ""]]
    count: Int[Array, ""]

    @classmethod
    def unknown(cls, window: Window) -> "Likeness":
        """Before the first label."""
        squares = jnp.zeros_like(window.scales), jnp.zeros_like(window.recency)
        return cls(squares, jnp.zeros((), jnp.int32))

    def learn(
        self,
        window: Window,
        weight: Float[Array, ""],
        cost: Callable[[Window], Float[Array, ""]],
    ) -> tuple[Window, "Likeness"]:
        """The window with scales moved against the gradient of a cost, by RMSprop.

        Args:
            window: without the sample whose cost it is.
            weight: multiplies the cost; at 0 nothing changes.
            cost: of a label, as it would be by a window; any number at weight 0.
        """
        told = weight > 0
        learnt = window.scales, window.recency

        def with_scales(given: Any) -> Window:
            return eqx.tree_at(lambda one: (one.scales, one.recency), window, given)

        slopes = jax.grad(lambda given: cost(with_scales(given)))(learnt)

        def gradient_of(slope: Array) -> Array:
            gradient = weight * slope
            # One whose square is no number would stay in the mean for good.
            return jnp.where(told & jnp.isfinite(gradient**2), gradient, 0)

        gradients = jax.tree.map(gradient_of, slopes)
        count = self.count + jnp.where(told, 1, 0)
        squares = jax.tree.map(
            lambda square, gradient: jnp.where(
                told, DECAY * square + (1 - DECAY) * gradient**2, square
            ),
            self.squares,
            gradients,
        )
        number = count.astype(window.recency.dtype)
        rate = jnp.minimum(1, number / WARM) * (RATE + FIRST * HALF / (HALF + number))
        known = 1 - DECAY ** jnp.maximum(number, 1)

        first = start_of(window.scales.size), RECENT

        def moved(scale: Array, start: float, gradient: Array, square: Array) -> Array:
            step = gradient / (jnp.sqrt(square / known) + LEAST) + PULL * (scale - start)
            return jnp.where(told, jnp.clip(scale - rate * step, LOWEST, HIGHEST), scale)

        after = jax.tree.map(moved, learnt, first, gradients, squares)
        return with_scales(after), Likeness(squares, count)
