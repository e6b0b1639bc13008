"""The learner: a cell, a readout, a loss, a rule and an optimizer that learn from a stream."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from onward._checks import check_key, check_kind, check_sizes
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells import AbstractCell
from onward.cost import budget
from onward.learning import admission, architecture, execution, one_kernel, uncredited
from onward.learning.loop import Loop
from onward.learning.state import Counters, LearnerFields, LearnerState, Ring, Sample, StepInfo
from onward.losses import AbstractLoss, Squared
from onward.optimizers import Optimizer
from onward.readouts import Linear, persistent
from onward.rules import AbstractRule, Immediate
from onward.scales import AbstractScale, RunningMoments, Unscaled


class Learner:
    """Learns from one sample at a time, forward in time, in constant memory.

    At each step: normalise the input, move the cell, let the rule advance, predict; then, with
    the label that has come, take the gradient (through the output by autodiff, through the
    state by the rule) and move the weights. Prediction precedes learning (test-then-train).

    Missing labels (NaN) advance without learning. A sample with a feature that is NaN, infinite
    or too large to square is not learnt from but counted; time does not stop for it: its bad
    entries stand at their running mean. A gradient or state that is not finite never reaches
    the weights; it is counted, and the rule's carry starts afresh.

    `step` and `run` consume the state that they are given (its buffers are reused); go on with
    the one that they return.

    Args:
        cell: the recurrent cell, with its initial weights. Its `input_size` is the number of
            features plus, with feedback, the width of an encoded label.
        targets: numbers per label (1 for classification: the index of the class).
        loss: see `onward.losses`.
        rule: how credit flows through time; see `onward.rules`.
        optimizer: a name of `onward.optimizers.OPTIMIZERS`, or "auto": rmsprop where the
            architectural rule, measured on the cell, asks for second-moment normalisation, or
            where the loss's slope grows with the labels (`Poisson`), sgd where not.
        learning_rate: one rate, or a mapping from parameter group to rate; see `Optimizer`.
        readout: from what the cell emits (and x) to outputs; by default linear, with a direct
            path from the input, starting at zero, or, for real-valued targets with feedback, at
            persistence (the newest label carried over).
        delay: the label passed to a step belongs to the sample this many steps earlier.
        feedback: whether the newest label that has arrived is appended to the input. With a
            delay that includes the one that arrives with the sample itself.
        normalise: whether inputs and real-valued targets are normalised by running moments.
        guard: whether non-finite numbers are looked for. Without it the caller vouches for them.

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
        optimizer: str = "auto",
        learning_rate: float | Mapping[str, float] | None = None,
        readout: Any = None,
        delay: int = 0,
        feedback: bool = False,
        normalise: bool = True,
        guard: bool = True,
    ):
        loss, rule = Squared() if loss is None else loss, Immediate() if rule is None else rule
        check_kind("loss", loss, AbstractLoss, "onward.Squared()")
        admission.refuse_rule(rule)
        for name, flag in (("feedback", feedback), ("normalise", normalise), ("guard", guard)):
            check_kind(name, flag, bool, f"{name}=True")
        if isinstance(delay, bool) or not isinstance(delay, int) or delay < 0:
            raise ValueError(f"Expected delay to be an integer >= 0; got {delay!r}. Try delay=0.")
        emitted = admission.refuse_cell(cell)
        rule.refuse(cell)
        uncredited.refuse_unread(cell)
        if "cell" in rule.trains:
            uncredited.refuse_uncredited(cell)
        check_sizes(targets=targets)
        outputs = loss.outputs(targets)
        if feedback and cell.input_size <= outputs:
            raise ValueError(
                f"Expected a cell whose input_size is the features plus {outputs} for feedback; "
                f"got input_size={cell.input_size}. Try input_size=features + {outputs}."
            )
        self.cell, self.targets, self.dtype = cell, targets, np.dtype(cell.dtype)
        self.outputs = outputs
        self.features = cell.input_size - (outputs if feedback else 0)
        if readout is None:
            readout = Linear(emitted, outputs, direct=cell.input_size, dtype=cell.dtype)
            readout = persistent(readout) if feedback and loss.scaled else readout
        admission.refuse_readout(readout, cell, emitted, outputs)
        self.readout = readout
        if optimizer == "auto":
            uneven = architecture.probe(cell).needs_normalisation or not loss.unit_slope
            optimizer = "rmsprop" if uneven else "sgd"
        moments: AbstractScale = RunningMoments() if normalise else Unscaled()
        self.loop = Loop(
            skeleton=tuple(
                eqx.filter(part, eqx.is_inexact_array, inverse=True)
                for part in (cell, self.readout)
            ),
            rule=rule,
            loss=loss,
            optimizer=Optimizer(optimizer, learning_rate),
            input_scale=moments,
            target_scale=moments if loss.scaled else Unscaled(),
            delay=delay,
            feedback=feedback,
            guard=guard,
        )
        self.loop.optimizer.learning_rates(self._parameters(), cell.dtype)
        admission.refuse_unfinite(self._parameters())
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

    def step(self, state: LearnerState, x: Any, y: Any) -> tuple[LearnerState, StepInfo]:
        """Predict from one sample, then learn from the label that has come.

        Args:
            state: consumed.
            x: features, shape (features,).
            y: the label of the sample `delay` steps ago, shape (targets,); NaN if missing.

        Returns:
            The next state, and a `StepInfo` already read back, in NumPy arrays.
        """
        self.admit(state)
        x, y = self.array(x, (self.features,), "x"), self.array(y, (self.targets,), "y")
        kernel = self.in_one_kernel and not _traced(state, x, y)
        state, packed = execution.step(self.loop, kernel, state, x, y)
        # Read back as one array: the caller waits for the prediction, and each costs a transfer.
        packed = packed if isinstance(packed, Tracer) else np.asarray(packed)
        return state, StepInfo.unpack(packed, self.outputs)

    def run(self, state: LearnerState, xs: Any, ys: Any) -> tuple[LearnerState, StepInfo]:
        """`step` over many samples in one compiled loop.

        Args:
            state: consumed.
            xs: features, shape (T, features).
            ys: labels in order of arrival, shape (T, targets).

        Returns:
            The state after the last sample, and every `StepInfo` stacked along a first axis.
        """
        self.admit(state)
        xs = self.array(xs, (None, self.features), "xs")
        ys = self.array(ys, (len(xs), self.targets), "ys")
        kernel = self.in_one_kernel and not _traced(state, xs, ys)
        return execution.run(self.loop, kernel, state, xs, ys)

    def predict(self, state: LearnerState, x: Any) -> Float[Array, " outputs"]:
        """What `step` would predict from `x`; the state is neither consumed nor moved."""
        self.admit(state)
        return execution.predict(self.loop, state, self.array(x, (self.features,), "x"))

    def array(self, value: Any, shape: tuple[int | None, ...], name: str) -> Array | np.ndarray:
        """A value as an array of the learner's dtype; see `admission.array`."""
        return admission.array(value, shape, self.dtype, name)

    @cached_property
    def shapes(self) -> LearnerState:
        """The state before the first sample as shapes alone."""
        return eqx.filter_eval_shape(self.initial_state, jax.random.key(0))

    @cached_property
    def in_one_kernel(self) -> bool:
        """Whether what it does with a sample is one kernel; see `onward.learning.one_kernel`."""
        x, y = (jax.ShapeDtypeStruct((size,), self.dtype) for size in (self.features, self.targets))
        return one_kernel.fits(execution.learning(self.loop), self.shapes, x, y)

    def admit(self, state: Any) -> None:
        """Raise ValueError unless a state is of this learner, and not consumed."""
        # Of states that one compiled step has made, the structure is the same object.
        if type(state) is not LearnerState or state.tree_flatten()[1] is not self._admitted:
            admission.refuse_foreign(state, self.shapes)
            self._admitted = state.tree_flatten()[1]
        admission.refuse_consumed(state.tree_flatten()[0][:1])

    def _parameters(self) -> dict[str, Any]:
        return {
            "cell": self.cell.parameters(),
            "readout": eqx.filter(self.readout, eqx.is_inexact_array),
        }

    def initial_state(self, key: PRNGKeyArray) -> LearnerState:
        """`init` without counting first, to be traced for its shapes."""
        loop, dtype = self.loop, self.cell.dtype
        # Copies: the state is consumed by the first step, the learner's own weights are not.
        parameters = jax.tree.map(jnp.copy, self._parameters())
        recurrent, x = self.cell.init_state(), jnp.zeros(self.cell.input_size, dtype)
        own, rule_key = jax.random.split(key)
        carry = loop.rule.init(self.cell, recurrent, x, rule_key)
        sample = Sample(x, recurrent, carry, jnp.asarray(False))
        ring = lambda leaf: jnp.broadcast_to(leaf, (loop.delay, *leaf.shape)).copy()  # noqa: E731
        fields = LearnerFields(
            parameters=parameters,
            optimizer={
                part: loop.optimizer.direction.init({part: parameters[part]})
                for part in sorted(loop.rule.trains)
            },
            learning_rates=loop.optimizer.learning_rates(parameters, dtype),
            recurrent=recurrent,
            carry=carry if loop.rule.propagates else None,
            waiting=Ring(jax.tree.map(ring, sample), jnp.asarray(0)) if loop.delay else None,
            input_scale=loop.input_scale.init(self.cell.input_size, dtype),
            target_scale=loop.target_scale.init(self.targets, dtype),
            label=jnp.full(loop.loss.outputs(self.targets), jnp.nan, dtype)
            if loop.feedback
            else None,
            key=jax.random.key_data(own) if loop.rule.propagates else None,
            counters=Counters(jnp.zeros(4, jnp.uint32)),
        )
        return jax.tree.map(jnp.copy, LearnerState(fields))


def _traced(state: LearnerState, *arrays: Any) -> bool:
    """Whether a transformation is around the call."""
    kinds = {*map(type, state.tree_flatten()[0]), *map(type, arrays)}
    return any(issubclass(kind, Tracer) for kind in kinds)


def refuse_if_too_large(shapes: LearnerState) -> None:
    """Raise MemoryBudgetError where a state of these shapes would pass the free memory.

    Args:
        shapes: a traced `Learner.initial_state`.
    """
    waiting = budget.counted_bytes(shapes.waiting)
    budget.refuse_if_too_large(
        {
            "weights, the cell's own and the state's": 2 * budget.counted_bytes(shapes.parameters),
            "optimizer": budget.counted_bytes(shapes.optimizer),
            "what the rule carries, now and next": 2 * budget.counted_bytes(shapes.carry),
            "what samples that wait for late labels keep": waiting,
        },
        "the Immediate rule, SparseRTRL(support='shared'), a smaller hidden size"
        + (", or a shorter delay" if waiting else ""),
    )
