"""What a readout is."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import numpy as np

from onward._typing import Array, Bool, Float
from onward.losses import AbstractLoss


class AbstractReadout(eqx.Module):
    """From what a cell emits, and the input, to the output that the loss reads.

    To add a readout write a module whose inexact arrays are its weights, with `__call__`. Its
    gradient then goes to the optimizer of the learner. Hyperparameters are fields declared with
    `eqx.field(static=True)`. A class, or a `functools.partial` of one, that can be called with
    `(features, outputs, direct=..., dtype=...)` is what a learner makes its readout from.

    A readout that updates its own weights overrides `learn`, and `init_learning` if the update
    remembers anything. It then sees no optimizer; the cell still learns by its rule, from the
    gradient of the same loss by what the cell emitted.
    """

    @abstractmethod
    def __call__(
        self, emitted: Float[Array, " features"], x: Float[Array, " m"]
    ) -> Float[Array, " outputs"]:
        """The output, before the link of the loss."""

    def init_learning(self) -> Any:
        """What `learn` remembers, before the first label: arrays of fixed shapes and dtypes."""
        return None

    def learn(
        self,
        learning: Any,
        emitted: Float[Array, " features"],
        x: Float[Array, " m"],
        target: Float[Array, " targets"],
        known: Bool[Array, " targets"],
        weight: Float[Array, ""],
        loss: AbstractLoss,
    ) -> tuple["AbstractReadout", Any]:
        """The readout and its memory after one label.

        Args:
            learning: as `init_learning` or the last call gave it.
            emitted: what the cell emitted at the label's sample.
            x: the input of that sample.
            target: the label, on the scale of the outputs.
            known: which targets are there; at least one.
            weight: multiplies the loss, >= 0; at 0 nothing changes.
            loss: what the label costs.
        """
        raise NotImplementedError(f"Expected a readout that learns itself; got {type(self)}.")

    @property
    def learns_itself(self) -> bool:
        """Whether `learn` is to be called; it follows from overriding it."""
        return type(self).learn is not AbstractReadout.learn

    @property
    def learns_in_place(self) -> bool:
        """Whether `learn` is called at every sample, with weight 0 where nothing is to be learnt.

        Else it is called in a branch. A branch copies the weights, so that a readout with many of
        which a label changes few does better without. At weight 0 `known` may have no target, and
        what is emitted may be no number.
        """
        return False

    def persistent(self, repeating: np.ndarray) -> "AbstractReadout":
        """The readout that begins by repeating the label that is fed back as the last inputs; the
        same readout where it cannot.

        Args:
            repeating: which numbers of the label make which outputs, shape (outputs, width).
        """
        return self
