"""How far a rule's gradient points where the exact one does."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from onward._typing import Float
from onward.diagnose.shadow import products
from onward.learning.learner import Learner
from onward.learning.state import LearnerState
from onward.rules import RTRL, AbstractRule


class Alignment(NamedTuple):
    """A rule's gradient g_t of the cell against a shadow's e_t.

    Attributes:
        cosine: ⟨g_t, e_t⟩ / |g_t| |e_t| of each sample; NaN without a label.
        norm_ratio: |g_t| / |e_t| of each sample.
        overall_cosine: Σ⟨g, e⟩ / √(Σ|g|² Σ|e|²), of the stretch as one vector: samples count by
            the size of their gradients.
        overall_norm_ratio: √(Σ|g|² / Σ|e|²).
    """

    cosine: Float[np.ndarray, "T"]
    norm_ratio: Float[np.ndarray, "T"]
    overall_cosine: float
    overall_norm_ratio: float


def alignment(
    learner: Learner,
    state: LearnerState,
    xs: Any,
    ys: Any,
    rule: AbstractRule,
    shadow: AbstractRule | None = None,
    seed: int = 0,
) -> Alignment:
    """Compare a rule with a shadow along a stretch, with frozen weights.

    Cost: that of both rules. Marschall, Cho & Savin (2020), "A unified
    framework of online learning algorithms for training recurrent neural networks".

    Args:
        learner: its cell, readout and loss; its own rule plays no part.
        state: what it has learnt so far; neither consumed nor moved.
        xs: features, shape (T, features).
        ys: labels in order of arrival, shape (T, targets).
        rule: the rule to judge.
        shadow: what it is judged by; exact RTRL if not given. Where that does not fit, a long
            TBPTT window stands in for it.
        seed: of what the rules draw.

    Raises:
        ImpossiblePairError, MemoryBudgetError, ValueError: see `shadow.products`.
    """
    return alignments(learner, state, xs, ys, (rule,), shadow, seed)[0]


def alignments(
    learner: Learner,
    state: LearnerState,
    xs: Any,
    ys: Any,
    rules: Sequence[AbstractRule],
    shadow: AbstractRule | None = None,
    seed: int = 0,
) -> tuple[Alignment, ...]:
    """`alignment` of several rules, which share one shadow and one compilation."""
    found = products(learner, state, xs, ys, rules, RTRL() if shadow is None else shadow, seed)
    columns = (found.cosine.T, found.norm_ratio.T)
    totals = (found.total().cosine[0].tolist(), found.total().norm_ratio[0].tolist())
    return tuple(Alignment(*one) for one in zip(*columns, *totals, strict=True))
