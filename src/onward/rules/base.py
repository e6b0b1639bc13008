"""What a rule is."""

from abc import abstractmethod
from typing import Any, ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._trees import with_settings
from onward._typing import Array, Bool, Float, Gradients, PRNGKeyArray, State
from onward.algebra import materialise
from onward.cells.base import AbstractCell

Exactness = Literal["exact", "unbiased", "biased"]
Carry = Any


class ImpossiblePairError(ValueError):
    """This rule gives no credit on this cell; the message says why and what to try."""


class AbstractRule(eqx.Module):
    """How credit flows through time: fields are hyperparameters, three functions do the work.

    To add a rule, subclass in a file of its own and write `init`, `advance` and `credit`, and
    say in `exactness` what the gradient is. The loss, the readout and the optimizer stay
    outside: `credit` turns dL/dstate into the gradient of the cell's parameters through the
    state. A rule never asks which cell it has: structure comes with the types that
    `cell.jacobian` and `cell.immediate` return.

    Write more where the rule needs it:

    - `refuse`, where it needs a structure that some cells lack. Whoever pairs a rule with a cell
      calls it first; all other functions may assume that the pair is possible.
    - `adapt`, where the rule itself learns from labels (a synthetic gradient, say).
    - `credit_block`, where the credit of a whole block of samples is more, or cheaper, than that
      of each (`Learner(every=k)`).
    - `report`, and the names in `reports`, where it has numbers to show at each step.

    The carry is whatever `credit` needs later, so that a label may come late: the learner keeps
    the carries of the samples that wait for theirs. Its shapes and dtypes never change.

    `onward.testing.check_rule` tests all of this.

    Class attributes:
        trains: the parts of the model that learn under this rule.
        propagates: whether the carry is made from the carry before, so that it can diverge. The
            learner keeps none between samples for a rule that does not, and hands `advance` None.
        reports: names of the numbers that `report` gives.
        cost: time and memory a sample in the terms n (units), p (parameters), for a reader.
    """

    trains: ClassVar[frozenset[str]] = frozenset({"cell", "readout"})
    propagates: ClassVar[bool] = True
    reports: ClassVar[tuple[str, ...]] = ()
    cost: ClassVar[str]

    def __repr__(self) -> str:
        return with_settings(self)

    def refuse(self, cell: AbstractCell) -> None:
        """Raise an error on a cell that this rule gives no credit on; by default on none.

        Raises:
            ImpossiblePairError: the rule needs a structure that the cell does not have.
        """
        del cell

    @abstractmethod
    def init(
        self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray
    ) -> Carry:
        """The carry before the first sample. `x` gives the shape; `key` is the rule's to use."""

    @abstractmethod
    def advance(
        self, cell: AbstractCell, carry: Carry, state_prev: State, x: Float[Array, " m"]
    ) -> Carry:
        """One step of time; needs no label."""

    @abstractmethod
    def credit(self, cell: AbstractCell, carry: Carry, signal: State) -> Gradients:
        """The gradient through the state, from signal = dL/dstate (a tree like the state).

        Where the label comes late, `carry` is that of the label's sample and `cell` has the
        weights of the label's arrival. Derivatives that the carry holds were taken at the
        weights of their own time; those that `credit` takes itself are at the newer weights.
        """

    @abstractmethod
    def exactness(self, cell: AbstractCell) -> Exactness:
        """What the gradient is of the true one (whole-sequence BPTT, frozen weights)."""

    @property
    def credits_blocks(self) -> bool:
        """Whether the rule has a `credit_block` of its own."""
        return type(self).credit_block is not AbstractRule.credit_block

    def credit_block(
        self, cell: AbstractCell, carries: Carry, signals: State, first: Bool[Array, " T"]
    ) -> Gradients:
        """The gradient through the states of T samples in turn, under weights that stood still.

        A block of one sample is credited as `credit` does it. A learner asks a rule that writes
        this once a block, and keeps the carries of the block for it; of any other rule it adds up
        the gradients as they come.

        Args:
            cell: with the weights of the block.
            carries: of each sample, along a first axis.
            signals: dL/dstate of each, straight from its own label; zero where it has none.
            first: whether a sequence begins with the sample, so that none before it had a part.

        Returns:
            The sum over the samples, a tree of the parameters' shapes.
        """
        del first
        each = jax.vmap(lambda carry, signal: materialise(self.credit(cell, carry, signal)))
        return jax.tree.map(lambda leaf: jnp.sum(leaf, axis=0), each(carries, signals))

    @property
    def adapts(self) -> bool:
        """Whether the rule itself learns from labels: whether it has an `adapt` of its own."""
        return type(self).adapt is not AbstractRule.adapt

    def adapt(self, cell: AbstractCell, carry: Carry, due: Carry, signal: State) -> Carry:
        """The newest carry after the rule has learnt from a label; called before it is kept.

        Args:
            cell: with the weights before this label's update.
            carry: the newest.
            due: the carry of the sample that the label belongs to; the same without delay.
            signal: dL/dstate of that sample, as in `credit`.
        """
        del cell, due, signal
        return carry

    def report(self, carry: Carry) -> Float[Array, " reports"]:
        """The numbers named by `reports`, from the carry after `adapt`.

        A number that does not exist yet is infinite here and NaN in `StepInfo`: a NaN would stop
        JAX's own search for NaN.
        """
        del carry
        return jnp.zeros(0)
