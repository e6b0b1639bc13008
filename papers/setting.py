"""What is compared: methods of adaptation, in settings of a task and a network."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from papers.tasks.base import AbstractTask

Plastic = Literal["all", "recurrent"]


@dataclass(frozen=True)
class Method:
    """How a network learns.

    Attributes:
        rule: as `onward run --rule` takes it.
        optimizer: see `onward.optimizers`.
        plastic: "recurrent" holds the readout's weights, so that only the cell's own (recurrent,
            input, bias) move.
    """

    rule: str
    optimizer: str = "sgd"
    plastic: Plastic = "all"

    @property
    def name(self) -> str:
        """The method in a few words."""
        if self.rule == "frozen":
            return self.rule
        held = ", readout held" if self.plastic == "recurrent" else ""
        return f"{self.rule} + {self.optimizer}{held}"

    def holding_readout(self) -> "Method":
        """The same with the readout's weights held."""
        return replace(self, plastic="recurrent")


FROZEN = Method("frozen")
EXACT = Method("rtrl", "adam")


@dataclass(frozen=True)
class Training:
    """How a network is pre-trained, online.

    Attributes:
        method: with every weight plastic.
        rate: learning rate.
    """

    method: Method = EXACT
    rate: float = 1e-3


TRAINING = Training()
# Where exact credit over the whole pre-training would take too long.
BACKPROPAGATED = Training(Method("tbptt:window=20", "adam"))


@dataclass(frozen=True)
class Setting:
    """A network on a task.

    Attributes:
        task: what shifts.
        cell: name of the cell, see `onward info`.
        size: hidden units.
        training: how it is pre-trained.
        options: the cell's own, by name.
    """

    task: AbstractTask
    cell: str = "rnn"
    size: int = 64
    training: Training = TRAINING
    options: tuple[tuple[str, int], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain data that names the setting."""
        return {
            "task": self.task.as_dict(),
            "cell": self.cell,
            "size": self.size,
            "training": asdict(self.training),
            "options": dict(self.options),
        }
