"""What became of a fault that was tried."""

from typing import Any, NamedTuple

import jax
import numpy as np


class Outcome(NamedTuple):
    """One row of the table.

    Attributes:
        fault: what was done.
        tried: how often.
        survived: how often nothing was lost.
        told: what there is to say.
    """

    fault: str
    tried: int
    survived: int
    told: str = ""

    @property
    def lost(self) -> int:
        """How often something was."""
        return self.tried - self.survived


def same_state(one: Any, other: Any) -> bool:
    """Whether two states have the same bits."""
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.asarray(left).tobytes() == np.asarray(right).tobytes() for left, right in pairs)
