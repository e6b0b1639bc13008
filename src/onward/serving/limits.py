"""How large an output may be, and how fast it may change."""

import math
from dataclasses import dataclass

import numpy as np

from onward._checks import is_real


@dataclass(frozen=True)
class Limit:
    """A bound on the norm of an output, and on the norm of its change from bin to bin.

        z_t = y_t · min(1, norm / ‖y_t‖)
        u_t = u_{t-1} + (z_t - u_{t-1}) · min(1, change / ‖z_t - u_{t-1}‖)

    y_t is what was predicted, and u_t is what goes out. The direction is kept, so a cursor is
    slowed down and not turned. As both ends lie in the ball of radius `norm`, so does u_t.

    Args:
        norm: the longest output, in its own units (a speed, where a velocity is decoded).
        change: the longest change in one bin, in the same units.

    Raises:
        ValueError: a bound is not positive, or there is none.
    """

    norm: float | None = None
    change: float | None = None

    def __post_init__(self) -> None:
        bounds = {"norm": self.norm, "change": self.change}
        for name, bound in bounds.items():
            if bound is not None and not (is_real(bound) and bound > 0):
                raise ValueError(f"Expected {name} > 0; got {bound!r}. Try {name}=1.0.")
        if all(bound is None for bound in bounds.values()):
            raise ValueError(
                "Expected a bound on norm or change; got neither. Try Limit(norm=1.0)."
            )

    def __call__(self, predicted: np.ndarray, last: np.ndarray | None) -> tuple[np.ndarray, bool]:
        """What goes out, and whether that is another output than the prediction.

        Args:
            predicted: shape (outputs,); finite.
            last: what went out before it; None before the first.
        """
        out, limited = predicted, False
        if self.norm is not None:
            out, limited = _shortened(out, self.norm)
        if self.change is not None and last is not None:
            moved, too_fast = _shortened(out - last, self.change)
            if too_fast:
                out, limited = last + moved, True
        return out, limited


def _shortened(vector: np.ndarray, longest: float) -> tuple[np.ndarray, bool]:
    """A vector at most so long, in its own direction, and whether it was longer."""
    # `hypot` neither overflows nor underflows where squares would.
    length = math.hypot(*vector.tolist())
    if length <= longest:
        return vector, False
    return vector * vector.dtype.type(longest / length), True
