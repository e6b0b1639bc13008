"""No propagation against credit through time, with more practice than a prefix gives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from onward.advice.candidates import WINDOW, Candidate
from onward.advice.trials import SEEDS, Trials

# Passes over the first half of the prefix, the last of which goes on into the second half.
LAPS = 4
# Corrected for its beginning: what a large first step breaks, practice does not always mend.
OPTIMIZER, RATES = "adam", (5e-4, 2e-3, 8e-3)
SIMPLE = "immediate"
# In order of preference.
PROPAGATING = ("rtrl", f"tbptt:window={WINDOW}")
# Of R² or accuracy: what the mean over the seeds must gain to count. A seed that learns late among
# others that do not yet is what is looked for, so that their spread does not.
GAIN = 0.1
# Passes over the whole prefix that each rule comes to.
PASSES = len(RATES) * SEEDS * (LAPS + 1) // 2


@dataclass(frozen=True)
class Race:
    """Rules after so much practice that one which learns late has learnt.

    All pass over the first half of the prefix several times, then once over the second half, which
    they have not seen before, and are scored there, test-then-train. On a few thousand rows credit
    through time may not have begun to show, or may only have begun sooner; this is what is left of
    its lead in a stream that goes on as it began.

    Attributes:
        rules: that without propagation, then those with it.
        rates: the learning rate of each whose mean over the seeds is best.
        scores: R² or accuracy of each rule, one a seed, at the best rate of that seed: which rate
            that is, is a matter of luck where a rule learns late.
        optimizer: of all.
    """

    rules: tuple[str, ...]
    rates: tuple[float, ...]
    scores: tuple[tuple[float, ...], ...]
    optimizer: str = OPTIMIZER

    @property
    def means(self) -> tuple[float, ...]:
        """The mean score of each rule over the seeds."""
        return tuple(float(np.mean(each)) for each in self.scores)

    @property
    def ahead(self) -> int:
        """Which of the rules is the best of those that propagate."""
        return 1 + int(np.argmax(self.means[1:]))

    @property
    def gain(self) -> float:
        """How far it is ahead of the one without propagation."""
        return self.means[self.ahead] - self.means[0]

    @property
    def needed(self) -> bool:
        """Whether that is enough to call propagation needed."""
        return self.gain > GAIN


def racers(tried: Mapping[str, Candidate], best: str | None = None) -> tuple[Candidate, ...]:
    """The rule without propagation, exact credit or what comes near it, and the one that did best.

    Args:
        tried: the rules that may be chosen, by name.
        best: of those that propagate, if any was tried; exact credit can learn later than rules
            that leave much of it out.

    Returns:
        None at all where the first two are not among them.
    """
    exact = next((name for name in PROPAGATING if name in tried), None)
    if exact is None or SIMPLE not in tried:
        return ()
    other = () if best is None or best not in tried else (best,)
    return tuple(tried[name] for name in dict.fromkeys((SIMPLE, exact, *other)))


def race(trials: Trials, entered: Sequence[Candidate], tell: Callable[[str], None]) -> Race:
    """Run it.

    Args:
        trials: makes the passes.
        entered: the rules, that without propagation first.
        tell: told what is done, before the passes of each rule.
    """
    first = trials.plan.config.seed
    seeds = [(first + number) % 2**32 for number in range(SEEDS)]
    rates, scores = [], []
    for one in entered:
        tell(f"{one.name} with more practice")
        found = {
            rate: tuple(trials.practised(one.rule, OPTIMIZER, rate, seed, LAPS) for seed in seeds)
            for rate in RATES
        }
        rates.append(max(found, key=lambda rate: float(np.mean(found[rate]))))
        scores.append(tuple(map(max, zip(*found.values(), strict=True))))
    return Race(tuple(one.name for one in entered), tuple(rates), tuple(scores))
