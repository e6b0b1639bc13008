"""What an estimator is asked for, and the learner that follows from it."""

from dataclasses import dataclass
from functools import lru_cache

import jax

from onward import _names, cells, rules
from onward._checks import check_integer, check_sizes
from onward.learning.learner import Learner
from onward.losses import CrossEntropy
from onward.rules import AbstractRule


@dataclass(frozen=True)
class Settings:
    """Of a network, without its sizes that follow from the stream.

    Attributes:
        classes: whether labels are classes.
        size: hidden units.
        cell: a name of `onward info`.
        rule: a name, or a rule.
        optimizer: a name, or "auto".
        learning_rate: None for the optimizer's own.
        feedback: whether the newest label is an input.
        seed: draws the weights.
    """

    classes: bool
    size: int
    cell: str
    rule: str | AbstractRule
    optimizer: str
    learning_rate: float | None
    feedback: bool
    seed: int

    def __post_init__(self):
        check_sizes(size=self.size)
        check_integer("seed", self.seed, least=0, example=0)
        _names.canonical("cell", self.cell, _names.CELLS)
        if isinstance(self.rule, str):
            _names.canonical("rule", self.rule, _names.RULES)
        if self.optimizer != "auto":
            _names.canonical("optimizer", self.optimizer, _names.OPTIMIZERS)


@lru_cache(maxsize=32)
def make(features: int, outputs: int, settings: Settings) -> Learner:
    """The learner of an estimator.

    Args:
        features: columns of a row.
        outputs: targets or classes.
        settings: all else.
    """
    width = features + (outputs if settings.feedback else 0)
    kind = _names.CELLS[_names.canonical("cell", settings.cell, _names.CELLS)]
    rule = settings.rule
    if isinstance(rule, str):
        rule = getattr(rules, _names.RULES[_names.canonical("rule", rule, _names.RULES)])()
    return Learner(
        getattr(cells, kind)(width, settings.size, key=jax.random.key(settings.seed)),
        1 if settings.classes else outputs,
        loss=CrossEntropy(outputs) if settings.classes else None,
        rule=rule,
        optimizer=settings.optimizer,
        learning_rate=settings.learning_rate,
        feedback=settings.feedback,
    )
