"""No propagation against exact credit, both with more practice than a prefix gives."""

from collections.abc import Callable, Mapping
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
# Passes over the whole prefix that it comes to.
PASSES = 2 * len(RATES) * SEEDS * (LAPS + 1) // 2


@dataclass(frozen=True)
class Race:
    """Two rules after so much practice that one which learns late has learnt.

    Both pass over the first half of the prefix several times, then once over the second half, which
    they have not seen before, and are scored there, test-then-train. On a few thousand rows credit
    through time may not have begun to show; this is what it makes of a stream that goes on as it
    began.

    Attributes:
        rules: that without propagation, and the other one.
        rates: the learning rate of each whose mean over the seeds is best.
        scores: R² or accuracy of each rule, one a seed, at the best rate of that seed: which rate
            that is, is a matter of luck where a rule learns late.
        optimizer: of both.
    """

    rules: tuple[str, str]
    rates: tuple[float, float]
    scores: tuple[tuple[float, ...], tuple[float, ...]]
    optimizer: str = OPTIMIZER

    @property
    def means(self) -> tuple[float, float]:
        """The mean score of each rule over the seeds."""
        simple, other = map(np.mean, self.scores)
        return float(simple), float(other)

    @property
    def gain(self) -> float:
        """How far the rule that propagates is ahead."""
        return self.means[1] - self.means[0]

    @property
    def needed(self) -> bool:
        """Whether that is enough to call propagation needed."""
        return self.gain > GAIN


def racers(tried: Mapping[str, Candidate]) -> tuple[Candidate, Candidate] | None:
    """The two rules, of those that were tried; None where there are none such."""
    second = next((name for name in PROPAGATING if name in tried), None)
    return None if second is None or SIMPLE not in tried else (tried[SIMPLE], tried[second])


def race(trials: Trials, pair: tuple[Candidate, Candidate], tell: Callable[[str], None]) -> Race:
    """Run it.

    Args:
        trials: makes the passes.
        pair: the rules, that without propagation first.
        tell: told what is done, before the passes of each rule.
    """
    first = trials.plan.config.seed
    seeds = [(first + number) % 2**32 for number in range(SEEDS)]
    rates, scores = [], []
    for one in pair:
        tell(f"{one.name} with more practice")
        found = {
            rate: tuple(trials.practised(one.rule, OPTIMIZER, rate, seed, LAPS) for seed in seeds)
            for rate in RATES
        }
        rates.append(max(found, key=lambda rate: float(np.mean(found[rate]))))
        scores.append(tuple(map(max, zip(*found.values(), strict=True))))
    return Race((pair[0].name, pair[1].name), (rates[0], rates[1]), (scores[0], scores[1]))
