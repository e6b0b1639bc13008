"""How a learner stands beside its frozen copy, and what follows from that."""

import equinox as eqx
import jax.numpy as jnp

from onward._checks import check_integer, is_real
from onward._typing import Array, Bool, Float

# Whether there is one, and which.
Loss = tuple[Bool[Array, ""], Float[Array, ""]]


class Safeguard(eqx.Module):
    """When a learner that does harm is put back.

    Args:
        window: labels over which losses are compared, weighted exponentially: the newest weighs
            1/window.
        margin: how much more than the frozen copy the learner may lose in the mean, in units of its
            loss on the normalised scale, by target. With `Squared` .01 is .02 of R².

    Raises:
        ValueError: a number out of its range.
    """

    window: int = eqx.field(static=True, default=500)
    margin: float = eqx.field(static=True, default=0.01)

    def __check_init__(self):
        check_integer("window", self.window, least=1, example=500)
        if not (is_real(self.margin) and self.margin > 0):
            raise ValueError(f"Expected margin > 0; got {self.margin!r}. Try margin=0.01.")


class Balance(eqx.Module):
    """How the learner stands beside its frozen copy, as one array.

    Attributes:
        values: what the told prediction has lost more than the frozen one, and what the learner's
            own has since it was last put back; labels since then; whether the copy is in use.
    """

    values: Float[Array, "4"]


def weighed(
    safeguard: Safeguard, balance: Balance, falls: Bool[Array, ""], own_loss: Loss, other: Loss
) -> tuple[Balance, Bool[Array, ""], Bool[Array, ""]]:
    """How the two stand after a label; whether the learner is put back; whether its weights are
    good ones.

    Args:
        safeguard: when it is put back.
        balance: before.
        falls: whether the frozen prediction is told.
        own_loss: of the learner.
        other: of the copy.
    """
    told, own, age, in_use = balance.values
    margin, window = safeguard.margin, safeguard.window
    (there, lost), (wanted, usual) = own_loss, other
    one = jnp.where(wanted, 1, 0).astype(usual.dtype)
    # A learner that has no loss where the copy has one has broken down.
    broken = wanted & ~there
    excess = jnp.where(there & wanted, lost - usual, 0)
    share = one / window
    # What was won long ago must not pay for harm that is done now.
    told = jnp.maximum(told + share * (jnp.where(falls, 0, excess) - told), -margin)
    own = jnp.maximum(own + share * (excess - own), -margin)
    age = jnp.minimum(age + one, window)
    old = age >= window
    frozen = in_use > 0
    back = broken | (~frozen & (told > margin)) | (frozen & old & (own > margin))
    returns = frozen & old & (own <= 0) & ~back
    in_use = jnp.where(back, 1, jnp.where(returns, 0, in_use)).astype(usual.dtype)
    # Once put back, it has to show that it has become better.
    own, age = jnp.where(back, margin, own), jnp.where(back, 0, age)
    keep = ~frozen & ~back & old & (own <= 0)
    return Balance(jnp.stack([told, own, age, in_use])), back, keep
