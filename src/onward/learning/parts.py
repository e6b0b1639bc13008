"""The parts of a learner that are not arrays."""

from dataclasses import dataclass, fields, replace
from typing import Any

import equinox as eqx

from onward.cells import AbstractCell
from onward.expansions import AbstractExpansion
from onward.losses import AbstractLoss
from onward.optimizers import Optimizer
from onward.readouts import AbstractReadout
from onward.rules import AbstractRule
from onward.scales import AbstractScale


@dataclass(frozen=True, eq=False)
class Parts:
    """Everything about a learner that is not an array; the functions of `loop` take it first.

    Two learners with equal settings have equal parts, so that they share compiled steps.

    Attributes:
        skeleton: the cell and the readout without their weights.
        delay: steps between a sample and its label.
        every: samples of a block, whose end moves the weights.
        feedback: whether the newest label is appended to the input.
        missing: where a feature that is missing stands; see `Learner`.
        mask: whether the network is told which features are missing.
        expansions: what makes further inputs.
        guard: whether numbers that are not finite are looked for.
    """

    skeleton: tuple[Any, Any]
    rule: AbstractRule
    loss: AbstractLoss
    optimizer: Optimizer
    input_scale: AbstractScale
    target_scale: AbstractScale
    delay: int
    every: int
    feedback: bool
    missing: str
    mask: bool
    expansions: tuple[AbstractExpansion, ...]
    guard: bool

    def __post_init__(self):
        object.__setattr__(self, "_hash", hash(tuple(vars(self).values())))

    def __hash__(self) -> int:
        return vars(self)["_hash"]

    def __eq__(self, other: object) -> bool:
        # The same object nearly always: compiled steps are looked up by it at every call.
        return self is other or (isinstance(other, Parts) and vars(self) == vars(other))

    def model(self, parameters: dict[str, Any]) -> tuple[AbstractCell, AbstractReadout]:
        """The cell and the readout with these parameters."""
        cell, readout = self.skeleton
        return eqx.combine(parameters["cell"], cell), eqx.combine(parameters["readout"], readout)

    @property
    def program(self) -> "Parts":
        """The parts as compiled steps see them: constant learning rates, which the state holds, are
        0, so that learners which differ in nothing else share what is compiled."""
        given = self.optimizer
        rates = {group: rate if callable(rate) else 0.0 for group, rate in given.rates}
        others = {field.name for field in fields(given)} - {"members", "rates"}
        kept = {name: getattr(given, name) for name in others}
        return replace(self, optimizer=Optimizer(dict(given.members), rates, **kept))

    @property
    def as_a_whole(self) -> bool:
        """Whether the rule credits a block of samples as a whole."""
        return self.every > 1 and self.rule.credits_blocks

    @property
    def moved(self) -> list[str]:
        """The parts of the model that learn by gradient, and are moved by the optimizer."""
        _, readout = self.skeleton
        own = {"readout"} if readout.learns_itself else set()
        return sorted(self.rule.trains - own)

    @property
    def together(self) -> dict[str, tuple[str, ...]]:
        """By name: the parts that one update moves, all or each by itself."""
        whole = self.moved
        updates = [tuple(whole)] if whole and self.optimizer.joint else [(part,) for part in whole]
        return {"+".join(parts): parts for parts in updates}

    def learning_rates(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """The constant learning rates in use; see `Optimizer.learning_rates`."""
        _, readout = self.skeleton
        parts = ("cell",) if readout.learns_itself else ("cell", "readout")
        dtype = self.model(parameters)[0].dtype
        return self.optimizer.learning_rates({part: parameters[part] for part in parts}, dtype)
