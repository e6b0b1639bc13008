"""A learner whose predictions have intervals around them."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward._checks import check_kind
from onward._typing import Array, PRNGKeyArray
from onward.intervals import AdaptiveConformal
from onward.learning import arrays
from onward.learning.observation import Observation
from onward.mixtures.sessions import begin_session
from onward.wrapping.bands import Bands, BandState

Numbers = Array | np.ndarray


class ConformalState(NamedTuple):
    """All that the next step needs.

    Attributes:
        learner: the state of the learner.
        bands: that of the intervals.
    """

    learner: Any
    bands: BandState


class Conformal:
    """A learner of real-valued targets, with an interval around each prediction.

    The learner learns and predicts as it would alone, to the bit. The interval of a prediction is
    told before the label of it is used; what it holds is said in `AdaptiveConformal`. A label
    that comes late is compared with the interval that was given for it.

    Cost: that of the learner, and a loop over its predictions of some ten operations an output.
    Memory: 4 numbers an output, and 5 for each label that is waited for.

    Args:
        learner: a `Learner`, or anything with its `init`, `step`, `run`, `predict`, `targets`,
            `outputs`, `dtype` and `parts.delay`.
        interval: what makes the intervals; `AdaptiveConformal()` by default.

    Raises:
        ValueError: a learner whose outputs are not the predictions of its targets.
    """

    def __init__(self, learner: Any, interval: AdaptiveConformal | None = None):
        interval = AdaptiveConformal() if interval is None else interval
        check_kind("interval", interval, AdaptiveConformal, "onward.AdaptiveConformal(0.9)")
        if isinstance(learner, Conformal) or not hasattr(learner, "outputs"):
            raise ValueError(
                f"Expected a learner, or a mixture; got a {type(learner).__name__}. Try "
                "Conformal(onward.Learner(cell))."
            )
        if learner.outputs != learner.targets:
            raise ValueError(
                f"Expected a learner with one output a target; got {learner.outputs} outputs for "
                f"{learner.targets} target{'s' * (learner.targets > 1)}. Try loss=onward.Squared()."
            )
        self.learner, self.interval = learner, interval
        self.features, self.targets, self.dtype = learner.features, learner.targets, learner.dtype
        self.bands = Bands(interval, learner.outputs, learner.dtype, delay_of(learner))

    @property
    def flags(self) -> tuple[str, ...]:
        """What is around the learner reports of each step, the last entries of its diagnostics."""
        return getattr(self.learner, "flags", ())

    def admit(self, state: Any) -> None:
        """Raise ValueError unless a state is of this, and not consumed."""
        check_kind("state", state, ConformalState, "the one from conformal.init(key)")
        self.learner.admit(state.learner)
        expected = eqx.filter_eval_shape(self.bands.init)
        shapes = [jax.tree.map(jnp.shape, tree) for tree in (state.bands, expected)]
        if shapes[0] != shapes[1]:
            raise ValueError(
                "Expected intervals of this learner in the state; got some of another delay or of "
                "other outputs. Try conformal.init(key)."
            )

    def begin_session(self, state: ConformalState) -> ConformalState:
        """The state where a new session begins; the intervals go on. See `onward.begin_session`."""
        self.admit(state)
        bands = jax.tree.map(jnp.copy, state.bands)
        return ConformalState(begin_session(self.learner, state.learner), bands)

    def init(self, key: PRNGKeyArray) -> ConformalState:
        """The state before the first sample; see `Learner.init`."""
        return ConformalState(self.learner.init(key), self.bands.init())

    def step(
        self, state: ConformalState, x: Any, y: Any = None
    ) -> tuple[ConformalState, Any, Numbers, Numbers]:
        """Predict from one sample, then learn from the label that has come.

        Args:
            state: consumed.
            x: as in `Learner.step`.
            y: as there.

        Returns:
            The next state, the learner's `StepInfo`, and the ends of the interval around its
            prediction, shape (targets,); NaN before there are enough labels, or without a
            prediction.
        """
        learner, info = self.learner.step(state.learner, x, y)
        label = self._labels(x, y, ())
        bands, low, high = self.bands.run(state.bands, info.prediction[None], label[None])
        return ConformalState(learner, bands), info, low[0], high[0]

    def run(
        self, state: ConformalState, xs: Any, ys: Any = None
    ) -> tuple[ConformalState, Any, Numbers, Numbers]:
        """`step` over many samples in compiled loops, with the same bits however they are cut.

        Args:
            state: consumed.
            xs: as in `Learner.run`.
            ys: as there.

        Returns:
            The state after the last sample, every `StepInfo` stacked along a first axis, and the
            ends of the intervals, each of shape (T, targets).
        """
        learner, info = self.learner.run(state.learner, xs, ys)
        labels = self._labels(xs, ys, info.prediction.shape[:1])
        bands, low, high = self.bands.run(state.bands, info.prediction, labels)
        return ConformalState(learner, bands), info, low, high

    def predict(
        self, state: ConformalState, x: Any, y: Any = None
    ) -> tuple[Numbers, Numbers, Numbers]:
        """What `step` would predict from the same; the state is neither consumed nor moved.

        Args:
            state: kept.
            x: as in `Learner.predict`.
            y: the label that arrives with the sample; read with a delay.

        Returns:
            The prediction and the ends of its interval, each of shape (targets,) or (B, targets).
        """
        prediction = self.learner.predict(state.learner, x, y)
        labels = self._labels(x, y, prediction.shape[:-1])
        several = prediction.ndim == 2
        rows = (prediction, labels) if several else (prediction[None], labels[None])
        low, high = self.bands.peek(state.bands, *rows)
        return prediction, (low if several else low[0]), (high if several else high[0])

    def _labels(self, x: Any, y: Any, rows: tuple[int, ...]) -> Numbers:
        y = x.y if isinstance(x, Observation) else y
        shape = (*rows, self.learner.targets)
        if y is None:
            return np.full(shape, np.nan, self.learner.dtype)
        return arrays.array(y, shape, self.learner.dtype, "y")

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Conformal)
            and self.interval == other.interval
            and self.learner == other.learner
        )

    def __hash__(self) -> int:
        return hash((self.interval, self.learner))

    def __repr__(self) -> str:
        return f"Conformal({self.learner!r}, {self.interval!r})"


def delay_of(learner: Any) -> int:
    """How many samples after its own the label of a prediction comes."""
    return learner.parts.delay
