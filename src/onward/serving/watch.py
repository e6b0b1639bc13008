"""Whether what learns still predicts."""

import math

# Weights of the newest loss in its short and its long mean; the short one is far above where it is
# so many times the long one, which needs so many losses before it tells anything.
SHORT, LONG, FAR, FIRST = 1 / 20, 1 / 1000, 100.0, 200
# One loss counts in the long mean as so many times the mean at most: else it would follow what it
# is to be compared with.
LARGEST = 10.0


class Watch:
    """Looks for divergence: losses that are far above their own past, or no numbers.

        short ← short + (|L| - short) / 20
        long  ← long + (min(|L|, 10 long) - long) / 1000

    It has diverged where short > 100 long. The first 200 losses count alike in the long mean, and
    raise no alarm.
    """

    def __init__(self) -> None:
        self._losses = 0
        self._short, self._long = 0.0, 0.0

    def fault(self, loss: float) -> str | None:
        """What is wrong, in words; None where nothing is.

        Args:
            loss: NaN where nothing was learnt.
        """
        if math.isnan(loss):
            return None
        size = abs(loss)
        if not math.isfinite(size):
            return "the loss is not finite"
        self._losses += 1
        early = self._losses <= FIRST
        self._short += (size - self._short) * max(SHORT, 1 / self._losses)
        if not early and self._short > FAR * self._long:
            return f"the loss is {self._short / self._long:.0f} times what it was"
        counted = size if early else min(size, LARGEST * self._long)
        self._long += (counted - self._long) * max(LONG, 1 / self._losses)
        return None
