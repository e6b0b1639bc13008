"""Several series that arrive in turn: one learner, a past of its own for each."""

from functools import partial
from typing import Any, Literal, get_args

import equinox as eqx
import jax
import numpy as np

from onward._checks import check_key, check_kind, check_sizes
from onward._typing import Array, PRNGKeyArray
from onward.learning import admission, execution
from onward.learning.info import StepInfo
from onward.learning.initial import refuse_if_too_large
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.state import LearnerState

Weights = Literal["shared", "own"]
# What belongs to the past of a series; with shared weights all else is of all series.
PAST = (
    "recurrent",
    "carry",
    "waiting",
    "input_scale",
    "target_scale",
    "label",
    "newest",
    "expansions",
    "key",
)
OTHERS = ("parameters", "optimizer", "learning_rates", "block", "counters")


def in_turn(
    names: tuple[str, ...],
    step: Any,
    state: LearnerState,
    given: tuple[Array, Observation],
    count: int | Array,
) -> tuple[LearnerState, Array]:
    """Every sample in turn, with the past of its series taken out of the state and put back.

    Args:
        names: the parts of the state that each series has of its own.
        step: takes one sample.
        state: before the first.
        given: the series of each sample, and the samples.
        count: how many there are to take.
    """

    def one(state: LearnerState, given: tuple[Array, Observation]) -> tuple[LearnerState, Array]:
        code, seen = given
        held = {name: getattr(state, name) for name in names}
        after, report = step(state.replace(**jax.tree.map(lambda leaf: leaf[code], held)), seen)
        new = {name: getattr(after, name) for name in names}
        kept = jax.tree.map(lambda leaf, new: leaf.at[code].set(new), held, new)
        return after.replace(**kept), report

    return execution.take_all(one, state, given, count)


_with_shared_weights = execution.of_step(partial(in_turn, PAST))
_with_own_weights = execution.of_step(partial(in_turn, PAST + OTHERS))


class Series:
    """Interleaved series: shops in one file, patients in one feed, sensors on one line.

    Each series has its own recurrent state, what the rule carries, late labels that are waited
    for, newest label and scales, so that nothing leaks from one to the next and levels may differ.
    The weights are shared by all, or each series has its own: then each does, up to rounding, what
    the learner would do alone.

    With `Learner(every=k)` and shared weights a block is k samples, of whatever series they are;
    with own weights it is k samples of one.

    The state is a `LearnerState` in which what each series has of its own has a first axis of
    series. Cost: a step of the learner, and reading and writing one series' past.

    Args:
        learner: the settings, and the weights to start from.
        count: of the series.
        weights: "shared" or "own".
    """

    def __init__(self, learner: Learner, count: int, weights: Weights = "shared"):
        check_kind("learner", learner, Learner, "Series(Learner(cell), 12)")
        refuse_unlike_series(count, weights)
        if weights == "shared" and learner.parts.as_a_whole:
            raise ValueError(
                "Expected a rule that credits each sample by itself, where series share weights; "
                f"got {learner.parts.rule} in blocks of {learner.parts.every}, whose samples would "
                "be of several series. Try weights='own', or every=1."
            )
        self.learner, self.count, self.weights = learner, count, weights
        self.shapes = eqx.filter_eval_shape(self.initial_state, jax.random.key(0))

    def init(self, key: PRNGKeyArray) -> LearnerState:
        """The state before the first sample.

        Args:
            key: for rules that draw at random; each series draws for itself.

        Raises:
            MemoryBudgetError: the state would not fit into the free memory; nothing has been
                allocated.
        """
        check_key(key)
        refuse_if_too_large(self.shapes)
        return self.initial_state(key)

    def run(
        self, state: LearnerState, codes: Any, xs: Any, ys: Any = None
    ) -> tuple[LearnerState, StepInfo]:
        """`Learner.run`, each sample by the series that it belongs to.

        Args:
            state: consumed.
            codes: which series each sample is of, integers from 0, shape (T,).
            xs: features, shape (T, features); or an `Observation` of such arrays, and no ys.
            ys: labels in order of arrival within each series, shape (T, targets).

        Returns:
            The state after the last sample, and every `StepInfo` stacked along a first axis.

        Raises:
            ValueError: wrong shapes, a code that is no series, a state of something else.
        """
        self.admit(state)
        seen = self.learner.observation(xs, ys, (None,))
        codes = codes_of(codes, len(seen.x), self.count)
        take = _with_own_weights if self.weights == "own" else _with_shared_weights
        state, packed = execution.in_pieces(
            partial(take, self.learner.program, self.learner.in_one_kernel), state, (codes, seen)
        )
        return state, self.learner.unpack(packed)

    def admit(self, state: Any) -> None:
        """Raise ValueError unless a state is of these series, and not consumed."""
        admission.refuse_foreign(state, self.shapes)
        admission.refuse_consumed(state.tree_flatten()[0][:1])

    def initial_state(self, key: PRNGKeyArray) -> LearnerState:
        """`init` without counting first, to be traced for its shapes."""
        every = jax.vmap(self.learner.initial_state)(jax.random.split(key, self.count))
        if self.weights == "own":
            return every
        return every.replace(
            **{name: jax.tree.map(lambda leaf: leaf[0], getattr(every, name)) for name in OTHERS}
        )


def refuse_unlike_series(count: Any, weights: Any) -> None:
    """Raise ValueError unless there can be so many series, and weights belong to somebody."""
    check_sizes(count=count)
    if weights not in get_args(Weights):
        raise ValueError(
            f"Expected weights to be shared or own; got {weights!r}. Try weights='shared'."
        )


def codes_of(codes: Any, rows: int, count: int) -> np.ndarray:
    """Which of `count` series each of so many samples is of, as an array."""
    found = np.asarray(codes)
    if found.shape != (rows,) or not np.issubdtype(found.dtype, np.integer):
        raise ValueError(
            f"Expected codes as integers of shape ({rows},), one a sample; got {found.dtype} "
            f"of shape {found.shape}. Try np.unique(names, return_inverse=True)[1]."
        )
    if rows and not (found.min() >= 0 and found.max() < count):
        wrong = found.min() if found.min() < 0 else found.max()
        raise ValueError(
            f"Expected codes from 0 to {count - 1}, one for each series; got {wrong}. "
            f"Try Series(learner, {max(int(wrong), count) + 1})."
        )
    return found.astype(np.int32)
