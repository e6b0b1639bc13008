"""What River's estimators have in common here."""

from collections.abc import Iterator
from typing import Any, ClassVar

from river.base import Estimator

from onward._checks import check_integer
from onward.adapters.make import Members
from onward.adapters.river.core import Core
from onward.adapters.river.labels import Labels
from onward.adapters.river.settings import Settings
from onward.rules import AbstractRule


class Recurrent(Estimator):
    """A learner as one of River's estimators.

    Args:
        size: hidden units of a network.
        cell: a name of `onward info`.
        rule: how credit flows through time: a name, or a rule of `onward.rules`.
        optimizer: a name of `onward.OPTIMIZERS`, or "auto".
        learning_rate: the optimizer's own if not given.
        feedback: whether the newest label is an input.
        categories: of a text feature; all later ones count as one further, and are counted.
        waiting: samples that may wait for labels by an id; beyond it the oldest is given up.
        seed: draws the weights.
        members: None for the mixture of `onward.default_mixture`, a tuple of names for some of its
            members, 1 for one network.
    """

    labels: ClassVar[type[Labels]]

    def __init__(
        self,
        size: int = 64,
        cell: str = "gru",
        rule: str | AbstractRule = "immediate",
        optimizer: str = "auto",
        learning_rate: float | None = None,
        feedback: bool = True,
        categories: int = 32,
        waiting: int = 1000,
        seed: int = 0,
        members: Members = None,
    ):
        check_integer("categories", categories, least=1, example=32)
        check_integer("waiting", waiting, least=1, example=1000)
        self.size, self.cell, self.rule, self.optimizer = size, cell, rule, optimizer
        self.learning_rate, self.feedback, self.seed = learning_rate, feedback, seed
        self.categories, self.waiting, self.members = categories, waiting, members
        settings = Settings(
            classes=self.labels.classes,
            size=size,
            cell=cell,
            rule=rule,
            optimizer=optimizer,
            learning_rate=learning_rate,
            feedback=feedback,
            members=members,
            seed=seed,
        )
        self._core = Core(settings, self.labels(), categories, waiting)

    @property
    def counts(self) -> dict[str, int]:
        """Samples, and what became of them: those `skipped`, without a label, learnt from,
        `waiting` for a label, `given_up`; values of `other_categories` and `ignored_features`."""
        return self._core.counts

    @classmethod
    def _unit_test_params(cls) -> Iterator[dict[str, Any]]:
        yield {"size": 8}
