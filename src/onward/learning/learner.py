"""The learner: a cell, a readout, a loss, a rule and an optimizer that learn from a stream."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import equinox as eqx
import jax
import numpy as np
import optax
from jax.core import Tracer

from onward._checks import check_integer, check_key, check_kind, check_sizes
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells import AbstractCell
from onward.expansions import AbstractExpansion
from onward.learning import admission, arrays, assembly, execution, one_kernel
from onward.learning.info import StepInfo, unpack, unpack_prediction
from onward.learning.initial import initial_state, refuse_if_too_large
from onward.learning.inputs import Missing
from onward.learning.observation import Observation
from onward.learning.parts import Parts
from onward.learning.shown import call_shown, sizes_shown
from onward.learning.state import LearnerState
from onward.losses import AbstractLoss, Squared
from onward.optimizers import Optimizer
from onward.readouts import AbstractReadout
from onward.rules import AbstractRule, Immediate
from onward.scales import AbstractScale


class Learner:
    """Learns from one sample at a time, forward in time, in constant memory.

    At each step: normalise the input, move the cell, let the rule advance, predict; then, with
    the label that has come, take the gradient (through the output by autodiff, through the
    state by the rule) and move the weights. Prediction precedes learning (test-then-train).

    Missing labels (NaN) advance without learning. A feature that is missing (NaN, infinite or too
    large to square) stands at its running mean, or as `missing` says; the sample is learnt from
    and counted. A gradient or state that is not finite never reaches the weights; it is counted,
    and the rule's carry starts afresh. The first label of a target sets its scale and is not
    learnt from.

    `step` and `run` consume the state that they are given (its buffers are reused); go on with
    the one that they return. Learners of equal parts and weights are equal.

    Args:
        cell: the recurrent cell, with its initial weights. Its `input_size` is the number of
            features (twice, with a mask; none, with feedback, is enough) plus what expansions add
            and, with feedback, the width of an encoded label: see `onward.input_size`.
        targets: numbers per label (1 for classification: the index of the class).
        loss: see `onward.losses`.
        rule: how credit flows through time; see `onward.rules`.
        optimizer: a name of `onward.OPTIMIZERS`; an optax transformation; a mapping from part of
            the model to either; an `onward.Optimizer`, which adds weight decay and a clip; or
            "auto": rmsprop where the architectural rule, measured on the cell, asks for
            second-moment normalisation, or where the loss's slope grows with the labels
            (`Poisson`), sgd where not.
        learning_rate: of a named optimizer: a rate, a schedule, or a mapping from parameter group
            to either; see `onward.Optimizer`.
        readout: from what the cell emits (and x) to outputs: a readout, or what makes one from
            (emitted, outputs, direct=inputs, dtype=dtype), such as `onward.Linear` (the default)
            or `onward.RecursiveLeastSquares`. One that is made starts at zero or, for real-valued
            targets with feedback, at persistence (the newest label carried over).
        delay: the label passed to a step belongs to the sample this many steps earlier.
        every: samples of a block, at whose end the weights move once, by the mean gradient of its
            labels under the weights of its start; `onward.BPTT` credits a block as a whole.
        feedback: whether the newest label that has arrived is appended to the input. With a
            delay that includes the one that arrives with the sample itself.
        scale: how inputs and real-valued targets are normalised: a scale of `onward.scales` for
            both, or a mapping with "inputs", "targets" or both; `AdaptiveMoments` by default.
        missing: a missing feature stands at its running "mean" or its "last" value; "skip": at its
            mean, but the sample is not learnt from.
        mask: whether the network reads, for each feature, 1 where it is missing and 0 where not.
        expansions: what makes further inputs of those there are; see `onward.MovingAverages`.
        guard: whether non-finite numbers are looked for. Without it the caller vouches for them.

    Attributes:
        asked: the arguments as given, which `replace` goes on from.

    Raises:
        ValueError: parts that do not fit each other, or a parameter that would never learn.
        ImpossiblePairError: a rule that gives no credit on this cell.
    """

    def __init__(
        self,
        cell: AbstractCell,
        targets: int = 1,
        *,
        loss: AbstractLoss | None = None,
        rule: AbstractRule | None = None,
        optimizer: str | optax.GradientTransformation | Mapping[str, Any] | Optimizer = "auto",
        learning_rate: Any = None,
        readout: AbstractReadout | Callable[..., AbstractReadout] | None = None,
        delay: int = 0,
        every: int = 1,
        feedback: bool = False,
        scale: AbstractScale | Mapping[str, AbstractScale] | None = None,
        missing: Missing = "mean",
        mask: bool = False,
        expansions: Sequence[AbstractExpansion] = (),
        guard: bool = True,
    ):
        self.asked = {name: value for name, value in locals().items() if name != "self"}
        loss, rule = Squared() if loss is None else loss, Immediate() if rule is None else rule
        check_kind("loss", loss, AbstractLoss, "onward.Squared()")
        for name, flag in (("feedback", feedback), ("mask", mask), ("guard", guard)):
            check_kind(name, flag, bool, f"{name}=True")
        admission.refuse_missing(missing, mask, guard)
        check_integer("delay", delay, least=0, example=0)
        check_integer("every", every, least=1, example=25)
        emitted = assembly.admitted(cell, rule)
        check_sizes(targets=targets)
        self.cell, self.targets, self.dtype = cell, targets, np.dtype(cell.dtype)
        self.outputs = outputs = loss.outputs(targets)
        expansions = assembly.admitted_expansions(expansions)
        width = loss.width(targets) if feedback else 0
        self.features = assembly.features(cell, width, mask, expansions)
        repeating = loss.repeating(targets) if feedback and loss.scaled else None
        self.readout = assembly.readout_of(readout, cell, emitted, outputs, repeating)
        input_scale, target_scale = assembly.scales_of(scale, loss)
        self.parts = Parts(
            skeleton=assembly.skeleton(cell, self.readout),
            rule=rule,
            loss=loss,
            optimizer=assembly.optimizer_of(optimizer, learning_rate, cell, loss),
            input_scale=input_scale,
            target_scale=target_scale,
            delay=delay,
            every=every,
            feedback=feedback,
            missing=missing,
            mask=mask,
            expansions=expansions,
            guard=guard,
        )
        self.program = self.parts.program
        self.parts.learning_rates(self.parameters)
        admission.refuse_blocks(self.parts)
        admission.refuse_unfinite(self.parameters)
        self._admitted: Any = None

    def init(self, key: PRNGKeyArray) -> LearnerState:
        """The state before the first sample, with the cell's and readout's weights as given.

        Args:
            key: for rules that draw at random.

        Raises:
            MemoryBudgetError: the state would not fit into the free memory; nothing has been
                allocated.
        """
        check_key(key)
        refuse_if_too_large(self.shapes)
        return self.initial_state(key)

    def step(self, state: LearnerState, x: Any, y: Any = None) -> tuple[LearnerState, StepInfo]:
        """Predict from one sample, then learn from the label that has come.

        Args:
            state: consumed.
            x: features, shape (features,); or an `Observation`, which says more, and no y.
            y: the label of the sample `delay` steps ago, shape (targets,); NaN if missing.

        Returns:
            The next state, and a `StepInfo` already read back, in NumPy arrays.
        """
        self.admit(state)
        seen = self.observation(x, y)
        kernel = self.in_one_kernel and not execution.within_transformation(state, seen)
        state, packed = execution.step(self.program, kernel, state, seen)
        # Read back as one array: the caller waits for the prediction, and each costs a transfer.
        return state, self.unpack(packed)

    def run(self, state: LearnerState, xs: Any, ys: Any = None) -> tuple[LearnerState, StepInfo]:
        """`step` over many samples in a compiled loop, with the same bits however they are cut.

        Args:
            state: consumed.
            xs: features, shape (T, features); or an `Observation` of such arrays, and no ys.
            ys: labels in order of arrival, shape (T, targets).

        Returns:
            The state after the last sample, and every `StepInfo` stacked along a first axis.
        """
        self.admit(state)
        seen = self.observation(xs, ys, (None,))
        kernel = self.in_one_kernel and not execution.within_transformation(state, seen)
        state, packed = execution.run(self.program, kernel, state, seen)
        return state, self.unpack(packed)

    def predict(
        self, state: LearnerState, x: Any, y: Any = None
    ) -> Float[Array | np.ndarray, "*B outputs"]:
        """What `step` would predict from the same; the state is neither consumed nor moved.

        Args:
            state: kept.
            x: features, shape (features,); or of several samples, shape (B, features), each as if
                it were the next one. Or an `Observation` of either, and no y.
            y: the label that arrives with the sample; read with both feedback and a delay.
        """
        self.admit(state)
        several = arrays.is_batch(x)
        seen = self.observation(x, y, (None,) if several else ())
        predict = execution.predict_each if several else execution.predict
        return unpack_prediction(predict(self.program, state, seen))

    def replace(self, **changes: Any) -> "Learner":
        """A learner with other settings and everything else as this one was asked for.

        Args:
            changes: arguments of `Learner`.
        """
        admission.refuse_unknown(changes, ARGUMENTS)
        return type(self)(**{**self.asked, **changes})

    def observation(self, x: Any, y: Any, rows: tuple[int | None, ...] = ()) -> Observation:
        """What is handed over as arrays of the learner's dtype; see `arrays.observation`."""
        return arrays.observation(x, y, (self.features, self.targets), self.dtype, rows)

    def unpack(self, packed: Array | np.ndarray) -> StepInfo:
        """The information in packed reports."""
        return unpack(packed if isinstance(packed, Tracer) else np.asarray(packed), self.outputs)

    @property
    def reports(self) -> tuple[str, ...]:
        """What the entries of `StepInfo.diagnostics` are."""
        return self.parts.rule.reports

    @property
    def parameters(self) -> dict[str, Any]:
        """The weights as given, of the cell and of the readout."""
        return {
            "cell": self.cell.parameters(),
            "readout": eqx.filter(self.readout, eqx.is_inexact_array),
        }

    @property
    def used(self) -> dict[str, Any]:
        """The arguments with which the constructor makes this learner, every choice made."""
        parts = self.parts
        return {
            "cell": self.cell,
            "targets": self.targets,
            "loss": parts.loss,
            "rule": parts.rule,
            "optimizer": parts.optimizer,
            "readout": self.readout,
            **{name: getattr(parts, name) for name in ("delay", "every", "feedback")},
            "scale": {"inputs": parts.input_scale, "targets": parts.target_scale},
            **{name: getattr(parts, name) for name in ("missing", "mask", "expansions", "guard")},
        }

    @cached_property
    def shapes(self) -> LearnerState:
        """The state before the first sample as shapes alone."""
        return eqx.filter_eval_shape(lambda: self.initial_state(jax.random.key(0)))

    @cached_property
    def in_one_kernel(self) -> bool:
        """Whether what it does with a sample is one kernel; see `onward.learning.one_kernel`."""
        x, y = (jax.ShapeDtypeStruct((size,), self.dtype) for size in (self.features, self.targets))
        both = execution.both_halves(self.program)
        return one_kernel.fits(both, self.shapes, Observation(x, y, None, None))

    def admit(self, state: Any) -> None:
        """Raise ValueError unless a state is of this learner, and not consumed."""
        # Of states that one compiled step has made, the structure is the same object.
        if type(state) is not LearnerState or state.tree_flatten()[1] is not self._admitted:
            admission.refuse_foreign(state, self.shapes)
            self._admitted = state.tree_flatten()[1]
        admission.refuse_consumed(state.tree_flatten()[0][:1])

    def initial_state(self, key: PRNGKeyArray) -> LearnerState:
        """`init` without counting first, to be traced for its shapes."""
        return initial_state(self.parts, self.parameters, self.features, self.targets, key)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Learner)
            and self.targets == other.targets
            and self.parts == other.parts
            and bool(eqx.tree_equal(self.parameters, other.parameters))
        )

    def __hash__(self) -> int:
        return hash((self.targets, self.parts))

    def __repr__(self) -> str:
        counted = f"{self.features} in, {self.targets} to learn, {self.outputs} out"
        weights = sizes_shown(self.parameters)
        return call_shown("Learner", self.used, f"{self.dtype}; {counted}; weights: {weights}")


ARGUMENTS = tuple(inspect.signature(Learner).parameters)
