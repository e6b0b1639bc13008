"""How many steps back credit has to go."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from onward._checks import check_kind
from onward._typing import Float, Int
from onward.diagnose.shadow import products
from onward.diagnose.trajectory import check_growing
from onward.learning.learner import Learner
from onward.learning.state import LearnerState
from onward.rules import RTRL, TBPTT


class CreditHorizon(NamedTuple):
    """Backpropagation through the last h steps against exact credit.

    Attributes:
        windows: h, steps; 1 is the immediate rule.
        cosine: of TBPTT(h) with the exact gradient, the stretch as one vector.
        norm_ratio: TBPTT(h)'s norm by the exact gradient's.
    """

    windows: Int[np.ndarray, " H"]
    cosine: Float[np.ndarray, " H"]
    norm_ratio: Float[np.ndarray, " H"]

    def reach(self, level: float = 0.9) -> int | None:
        """The smallest window from which on the cosine stays at `level` or above, if any."""
        short = np.flatnonzero(~(self.cosine >= level))
        first = short[-1] + 1 if len(short) else 0
        return int(self.windows[first]) if first < len(self.windows) else None


def credit_horizon(
    learner: Learner,
    state: LearnerState,
    xs: Any,
    ys: Any,
    windows: Sequence[int] = (1, 2, 4, 8, 16, 32),
) -> CreditHorizon:
    """Compare growing windows with exact RTRL along a stretch, with frozen weights.

    The first max(windows) samples are passed but not counted, because within a window of its
    own beginning every rule is exact. Cost: that of RTRL plus Σ h backward steps a sample.

    Args:
        learner: its cell, readout and loss; its own rule plays no part.
        state: what it has learnt so far; neither consumed nor moved.
        xs: features, shape (T, features).
        ys: labels in order of arrival, shape (T, targets).
        windows: h in steps, growing.

    Raises:
        MemoryBudgetError, ValueError: see `shadow.products`; a stretch that is too short, or one
            on which the exact gradient is zero throughout, as it is before a learner has learnt:
            its readout begins at zero.
    """
    check_kind("learner", learner, Learner, "onward.Learner(cell)")
    check_growing("windows", windows)
    run_in = max(windows)
    seen = learner.observation(xs, ys, (None,))
    if len(seen.x) <= run_in + learner.parts.delay:
        raise ValueError(
            f"Expected more than {run_in + learner.parts.delay} samples, the longest window and "
            f"the delay; got {len(seen.x)}. Try a longer stretch or shorter windows."
        )
    found = products(learner, state, seen, None, [TBPTT(window) for window in windows], RTRL())
    if not found.shadow.any():
        raise ValueError(
            "Expected an exact gradient of the cell that is not zero; got zero in all "
            f"{len(seen.x)} samples. Try running the learner over labelled samples of the stream "
            "first."
        )
    total = found.total(run_in)
    return CreditHorizon(np.array(windows), total.cosine[0], total.norm_ratio[0])
