"""What every member has lost so far, beside what the mixture has."""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from onward._typing import Array, Float


class Ledger(eqx.Module):
    """Sums over labels, each with what rounding has left out of it.

        y = v - c,   t = s + y,   c ← (t - s) - y,   s ← t

    for a value v, a sum s and its error c. After any number of labels a sum is off by two
    roundings. A plain sum in single precision stands still after some millions.

    Reference: Kahan (1965), Further remarks on reducing truncation errors.

    Attributes:
        sums: losses of each member, those of the mixture, and weights of the labels.
        errors: how much too high each of them is.
    """

    sums: Float[Array, " entries"]
    errors: Float[Array, " entries"]

    @staticmethod
    def empty(members: int, dtype) -> "Ledger":
        """Before the first label."""
        return Ledger(jnp.zeros(members + 2, dtype), jnp.zeros(members + 2, dtype))

    def add(self, losses: Float[Array, " losses"], weight: Float[Array, ""]) -> "Ledger":
        """After a label.

        Args:
            losses: of the members, then of the mixture; see `Mixing.losses`.
            weight: of the label; with 0 nothing is added.
        """
        values = jnp.concatenate([losses, jnp.ones_like(losses[:1])])
        values = jnp.where(weight > 0, weight * values, 0)
        more = values - self.errors
        sums = self.sums + more
        return Ledger(sums, (sums - self.sums) - more)

    def read(self) -> "Losses":
        """The sums as they stand, in double precision."""
        exact = np.asarray(self.sums, np.float64) - np.asarray(self.errors, np.float64)
        return Losses(exact[:-2], float(exact[-2]), float(exact[-1]))


class Losses(NamedTuple):
    """Losses summed over labels, each by its weight.

    Attributes:
        members: of each member.
        mixture: of the mixture, over the same labels.
        labels: the sum of their weights.
    """

    members: np.ndarray
    mixture: float
    labels: float
