"""What an estimator is asked for, and the learner that follows from it."""

from dataclasses import dataclass
from functools import lru_cache

from onward import _names
from onward._checks import check_integer, check_sizes
from onward.adapters import make as inner
from onward.learning.learner import Learner
from onward.losses import CrossEntropy, Squared
from onward.mixtures.mixture import Mixture
from onward.rules import AbstractRule
from onward.runs.members import CELLS, parse_rule


@dataclass(frozen=True)
class Settings:
    """Of a learner, without its sizes that follow from the stream.

    Attributes:
        classes: whether labels are classes.
        size: hidden units of a network.
        cell: a name of `onward info`.
        rule: a name, or a rule.
        optimizer: a name, or "auto".
        learning_rate: None for the optimizer's own.
        feedback: whether the newest label is an input.
        members: None for the mixture, names for some of its members, 1 for one network.
        seed: draws the weights.
    """

    classes: bool
    size: int
    cell: str
    rule: str | AbstractRule
    optimizer: str
    learning_rate: float | None
    feedback: bool
    members: inner.Members
    seed: int

    def __post_init__(self):
        check_sizes(size=self.size)
        check_integer("seed", self.seed, least=0, example=0)
        inner.check_members(self.members)
        _names.canonical("cell", self.cell, CELLS)
        if isinstance(self.rule, str):
            parse_rule(self.rule)
        if self.optimizer != "auto":
            _names.canonical("optimizer", self.optimizer, _names.OPTIMIZERS)


@lru_cache(maxsize=32)
def make(features: int, outputs: int, settings: Settings) -> Learner | Mixture:
    """The learner of an estimator.

    Args:
        features: columns of a row.
        outputs: targets or classes.
        settings: all else.
    """
    given = dict(vars(settings))
    classes = given.pop("classes")
    loss = CrossEntropy(outputs) if classes else Squared()
    return inner.make(features, 1 if classes else outputs, loss, **given)
