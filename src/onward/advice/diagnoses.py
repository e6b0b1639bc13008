"""All diagnostics of one network at the end of a prefix."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from onward.advice.candidates import candidates, parameter_count
from onward.advice.contest import AFFORDABLE
from onward.advice.trials import Trial, Trials
from onward.diagnose import (
    Alignment,
    CreditHorizon,
    GradientNorms,
    SelfPropagation,
    Spectrum,
    alignments,
    credit_horizon,
    gradient_norms,
    self_propagation,
    spectrum,
)
from onward.runs.members import parse_rule

ROWS = 400
LENGTHS = (1, 2, 4, 8, 16, 32)


class Diagnoses(NamedTuple):
    """What the network of a trial looks like from within.

    Attributes:
        first, last: rows of the prefix that were measured; the weights are those at `first`.
        spectrum, self_propagation, gradient_norms: see `onward.diagnose`.
        alignments: of each rule that trains the cell, by name; None where an exact shadow would
            take too long, or was not asked for.
        credit_horizon: None likewise.
    """

    first: int
    last: int
    spectrum: Spectrum
    self_propagation: SelfPropagation
    gradient_norms: GradientNorms
    alignments: Mapping[str, Alignment] | None
    credit_horizon: CreditHorizon | None


def diagnose(trials: Trials, trial: Trial, shadow: bool = True) -> Diagnoses:
    """Let a trial's network learn, stop it near the end of the prefix, and measure the rest.

    The seed is the one that settings are chosen by.

    Args:
        trials: makes the pass.
        trial: the rule and its setting.
        shadow: whether to compare with exact RTRL, where that is affordable.

    Raises:
        ValueError: nothing was there to learn from before.
    """
    total = len(trials.rows.x)
    rows = min(ROWS, total // 4) + trials.plan.horizon
    first, seed = total - rows, trials.plan.config.seed
    rule = parse_rule(trial.rule)
    learner, state, _ = trials.run(rule, trial.optimizer, trial.learning_rate, seed, first)
    if not int(state.counters.learnt):
        raise ValueError(
            f"Expected labels among the first {first} of {total} samples, to learn from before the "
            "rest is measured; got none. Try a larger --limit."
        )
    stretch = (learner, state, trials.observation(slice(first, None)), None)
    lengths = tuple(length for length in LENGTHS if 2 * length <= rows - learner.parts.delay)
    judged = {one.name: one for one in candidates(trials.cell) if "cell" in one.rule.trains}
    size = rows * parameter_count(trials.cell.parameters())
    affordable = shadow and judged["rtrl"].work * size <= AFFORDABLE
    rules = [one.rule for one in judged.values()]
    return Diagnoses(
        first=first,
        last=total,
        spectrum=spectrum(*stretch, lengths),
        self_propagation=self_propagation(*stretch),
        gradient_norms=gradient_norms(*stretch),
        alignments=dict(zip(judged, alignments(*stretch, rules), strict=True))
        if affordable
        else None,
        credit_horizon=credit_horizon(*stretch, lengths) if affordable else None,
    )


def as_plain(value: Any) -> Any:
    """Results as plain data for JSON; NaN as None."""
    if isinstance(value, Mapping):
        return {key: as_plain(one) for key, one in value.items()}
    if hasattr(value, "_asdict"):
        return as_plain(value._asdict())
    if isinstance(value, np.ndarray):
        return as_plain(value.tolist())
    if isinstance(value, list | tuple):
        return [as_plain(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
