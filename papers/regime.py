"""How learning rates are chosen: one for all methods, or tuned for each on another shift."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from papers.lab import GROWTH, Lab, grown
from papers.setting import Method, Setting
from papers.tasks import AbstractTask

SMALL_STEPS, LARGE_STEPS = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2), (3e-3, 1e-2, 3e-2, 1e-1, 3e-1)
RATES: Mapping[str, tuple[float, ...]] = {
    "sgd": LARGE_STEPS,
    "momentum": tuple(rate / 10 for rate in LARGE_STEPS),
    "rmsprop": SMALL_STEPS,
    "rmsprop-corrected": SMALL_STEPS,
    "adam": SMALL_STEPS,
}


@dataclass(frozen=True)
class Fixed:
    """One learning rate for every method, in the papers' likely way.

    Attributes:
        rate: of whatever learns.
    """

    rate: float = 1e-3

    @property
    def name(self) -> str:
        """The regime in a few words."""
        return f"one learning rate, {self.rate:g}"

    def errors(self, lab: Lab, setting: Setting, method: Method) -> tuple[float, np.ndarray]:
        """The rate, and the errors at it, shape (seeds, measures)."""
        return self.rate, lab.errors(setting, method, self.rate)

    def note(self, method: Method, rate: float) -> str:
        """What a row says of its rate."""
        del method
        return f"rate {rate:g}"


@dataclass(frozen=True)
class Tuned:
    """The rate of each method is the best on a validation shift, with seeds never scored.

    Where the best lies at an end of `RATES`, the grid grows there until the next rate beyond is
    no better, or by two decades.

    Attributes:
        validation: the task that rates are chosen on.
    """

    validation: AbstractTask

    @property
    def name(self) -> str:
        """The regime in a few words."""
        return "learning rate tuned for each method"

    def errors(self, lab: Lab, setting: Setting, method: Method) -> tuple[float, np.ndarray]:
        """The rate, and the errors at it, shape (seeds, measures)."""
        chosen = replace(setting, task=self.validation)
        rate = lab.best_rate(chosen, method, RATES[method.optimizer])
        return rate, lab.errors(setting, method, rate)

    def note(self, method: Method, rate: float) -> str:
        """What a row says of its rate: also whether the grid had to grow for it."""
        rates = RATES[method.optimizer]
        if rates[0] <= rate <= rates[-1]:
            return f"rate {rate:g}"
        ends = grown(rates, GROWTH, -1)[-1], grown(rates, GROWTH, 1)[-1]
        where = "at the end of the grid that grew" if rate in ends else "of a grid that grew"
        return f"rate {rate:g}, {where}"


FIXED = Fixed()
