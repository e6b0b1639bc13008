"""Least squares on how far the members are from what they say together."""

import equinox as eqx
import jax.numpy as jnp

from onward._typing import Array, Bool, Float, Int
from onward.readouts.recursive_least_squares import aged, informed


class Stack(eqx.Module):
    """Coefficients for each output, and how surely they are known.

    Attributes:
        coefficients: of the members' deviations, and of 1.
        roots: S with S Sᵀ the inverse of the information.
        place: for each output the coefficient whose prior is renewed next.
    """

    coefficients: Float[Array, "outputs q"]
    roots: Float[Array, "outputs q q"]
    place: Int[Array, " outputs"]

    @staticmethod
    def fresh(outputs: int, members: int, prior: float, dtype) -> "Stack":
        """Before the first label: the members' common word stands."""
        width = members + 1
        root = jnp.eye(width, dtype=dtype) / jnp.asarray(prior, dtype) ** 0.5
        coefficients = jnp.zeros((outputs, width), dtype)
        roots = jnp.broadcast_to(root, (outputs, width, width))
        return Stack(coefficients, roots, jnp.zeros(outputs, jnp.int32))

    def __call__(self, deviations: Float[Array, "outputs q"]) -> Float[Array, " outputs"]:
        return jnp.sum(self.coefficients * deviations, axis=-1)

    def learnt(
        self,
        deviations: Float[Array, "outputs q"],
        residual: Float[Array, " outputs"],
        known: Bool[Array, " outputs"],
        weight: Float[Array, ""],
        forgetting: float,
        prior: float,
    ) -> "Stack":
        """After a label; see `RecursiveLeastSquares`, of which this is one for each output."""
        age = jnp.where(known, aged(forgetting, weight, deviations.shape[-1]), 1)
        roots = self.roots / jnp.sqrt(age)[:, None, None]
        seen = jnp.sum(roots * deviations[:, :, None], axis=1)
        gain = jnp.sum(roots * seen[:, None, :], axis=-1)
        spread = jnp.sum(seen * seen, axis=-1)
        counted = jnp.where(known, weight, 0)
        error = residual - self(deviations)
        coefficients = (
            self.coefficients + (counted * error / (1 + counted * spread))[:, None] * gain
        )
        roots = informed(roots, gain, seen, counted)
        if forgetting == 1:
            return Stack(coefficients, roots, self.place)
        width = deviations.shape[-1]
        row = jnp.take_along_axis(roots, self.place[:, None, None], axis=1)[:, 0]
        back = jnp.sum(roots * row[:, None, :], axis=-1)
        roots = informed(roots, back, row, (1 - age) * width * prior)
        turn = jnp.where(age < 1, self.place + 1, self.place)
        return Stack(coefficients, roots, turn % width)
