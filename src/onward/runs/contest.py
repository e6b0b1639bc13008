"""The learner beside its opponents: all see the same rows, none looks ahead."""

import time
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from onward.evaluate.state import State, entries_under, nest
from onward.learning.info import StepInfo
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.series import Series
from onward.learning.sizes import size_limit
from onward.learning.state import LearnerState
from onward.mixtures.mixture import Mixture, states_of
from onward.mixtures.series_mixture import SeriesMixture
from onward.runs.opponents import Opponents
from onward.runs.plan import Plan
from onward.runs.recovery import ALONE, Recoveries
from onward.runs.standing import Standing
from onward.storing.flat_state import flatten_state, restore_state
from onward.storing.notes import Mover
from onward.streams import Chunk

LEARNER, FROZEN = "onward", "frozen after warm-up"


class Contest:
    """The learner, the same network frozen after warm-up, and the standard baselines.

    The frozen twin keeps its running normalisation and its feedback; only its weights stand
    still. Until the warm-up ends it is the learner itself. The baselines see the features and the
    labels that have arrived, and remember by themselves what they need of them. Where a sequence
    begins, they forget what belongs to the one before, as the network does. Of several series each
    has a past of its own, and baselines of its own. Weights are for the network alone.

    Args:
        plan: what to run.
        written: the learner of the run that is gone on with; None for the one of the plan.
    """

    def __init__(self, plan: Plan, written: Learner | Mixture | None = None):
        self.plan = plan
        self.learner = plan.learner() if written is None else plan.moved_by(written)
        self.mover = plan.mover(self.learner)
        key = jax.random.key(plan.config.seed)
        self.twin = plan.mover(plan.twin(self.learner)) if plan.learns else None

        def both(key: Any) -> tuple[Any, Any]:
            return self.twin and self.twin.init(key), self.mover.init(key)

        # One program makes the state of a mixture, and that of its twin costs nothing beside it.
        begun = jax.jit(both) if isinstance(self.learner, Mixture) else both
        self.twin_state, state = begun(key)
        self.begin(state)
        self.opponents = Opponents(plan)
        # Seconds and samples of the chunks whose length had been compiled before.
        self.progress = {"row": np.zeros(1, np.int64), "timed": np.zeros(2)}
        self.progress["sequences"] = np.zeros(1, np.int64)
        # Sum and count of what the rule reports, where it does.
        mixture = self.learner if isinstance(self.learner, Mixture) else None
        self.standing = None if mixture is None else Standing(plan, mixture)
        self.progress["reported"] = np.zeros((2, 0 if mixture else len(self.learner.reports)))
        self._lengths: set[int] = set()

    def begin(self, state: LearnerState) -> None:
        """Begin with a state of the learner."""
        self.state = state
        self.recovery = Recoveries(self.mover, state)

    @property
    def names(self) -> tuple[str, ...]:
        """All contestants, the learner first."""
        twin = (FROZEN,) if self.twin else ()
        return (LEARNER, *twin, *self.opponents.names)

    @property
    def row(self) -> int:
        """Rows seen so far."""
        return int(self.progress["row"][0])

    @property
    def sequences(self) -> int | None:
        """Sequences that have begun so far; None where the stream has none."""
        return None if self.plan.info.start_name is None else int(self.progress["sequences"][0])

    @property
    def samples_per_second(self) -> float | None:
        """Of the learner alone; None while it has done nothing but compile."""
        seconds, samples = self.progress["timed"]
        return float(samples / seconds) if seconds else None

    @property
    def diagnostics(self) -> dict[str, float | None]:
        """The mean of each number that the rule reports; None where it has reported none. Of a
        mixture there are none: `standing` has whom it trusted."""
        names = () if self.standing else self.learner.reports
        pairs = zip(names, self.progress["reported"].T, strict=True)
        return {name: float(total / count) if count else None for name, (total, count) in pairs}

    @property
    def counts(self) -> dict[str, int]:
        """What became of the samples: skipped, filled in, learnt, and how often put back."""
        values = np.asarray(self.state.counters.values, np.int64)
        # Each of several series may have its own.
        _, skipped, _, learnt, filled = values.reshape(-1, values.shape[-1]).sum(axis=0).tolist()
        counts = {"skipped": skipped, "filled": filled, "learnt": learnt}
        return {**counts, "restarts": self.recovery.restarts}

    def observe(self, rows: Chunk) -> dict[str, np.ndarray]:
        """Pass over the next rows.

        Args:
            rows: features, starts and series of the samples, beside the labels that arrive with
                them and the weights of these labels. With a horizon h the label of row t belongs
                to the sample of row t - h of the same series, also across the beginning of a
                sequence.

        Returns:
            For every contestant the prediction made at each row, shape (rows, outputs); NaN at
            skipped samples, which are scored for nobody.
        """
        began = time.perf_counter()
        self.state, info, infos, spent = self.moved(self.mover, self.state, rows)
        made = {LEARNER: np.asarray(info.prediction)}
        timed = self._clock(len(rows.x), time.perf_counter() - began)
        if self.standing:
            self.standing.add(info, tuple(spent.values()) if timed else ())
        else:
            reported = np.asarray(info.diagnostics)
            given = np.isfinite(reported)
            self.progress["reported"] += (np.sum(reported, axis=0, where=given), given.sum(axis=0))
        if self.twin:
            made[FROZEN] = made[LEARNER]
        if self.twin and self.row >= self.plan.warmup:
            self.twin_state, twin_info, *_ = self.moved(self.twin, self.twin_state, rows)
            made[FROZEN] = np.asarray(twin_info.prediction)
        y = self.labels(rows.y)
        made |= self.opponents.observe(rows, y)
        labels = self.countable(self.row, y)
        self.progress["row"] += len(rows.x)
        self.state = self.recovery.after(self.state, infos, labels, self.row)
        self.progress["sequences"] += 0 if rows.start is None else rows.start.sum()
        if self.twin and self.row == self.plan.warmup:
            self.twin_state = frozen_twin(self.twin_state, states_of(self.state)[0])
        return {name: self.usable(rows, prediction) for name, prediction in made.items()}

    def usable(self, rows: Chunk, prediction: np.ndarray) -> np.ndarray:
        """Predictions, NaN at skipped samples."""
        if self.plan.config.missing != "skip":
            return prediction
        return np.where(self._sizeable(rows.x).all(axis=1, keepdims=True), prediction, np.nan)

    def countable(self, first: int, y: np.ndarray) -> int:
        """How many of the labels from a row on belong to a sample, which the first ones do not."""
        late = max(0, self.plan.horizon * self.plan.series - first)
        return int(np.isfinite(y[late:]).any(axis=1).sum())

    def labels(self, y: np.ndarray) -> np.ndarray:
        """The labels that count, for learning and for scores: NaN where one is not finite, or so
        large that the learner skips it."""
        return np.where(self._sizeable(y), y, np.nan)

    def state_arrays(self) -> State:
        """Everything that the next row needs, as a flat dictionary of arrays."""
        arrays = {name: array.copy() for name, array in self.progress.items()}
        arrays |= nest("learner", flatten_state(self.state))
        if self.twin:
            arrays |= nest("twin", flatten_state(self.twin_state))
        arrays |= nest("recovery", self.recovery.state())
        arrays |= nest("standing", self.standing.state()) if self.standing else {}
        return arrays | nest("opponents", self.opponents.state())

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from `state_arrays()` of a contest with the same plan."""
        for name in self.progress:
            self.progress[name] = arrays[name].copy()
        self.state = restore_state(self.state, entries_under("learner", arrays))
        if self.twin:
            self.twin_state = restore_state(self.twin_state, entries_under("twin", arrays))
        self.recovery.restore(entries_under("recovery", arrays))
        self.opponents.restore(entries_under("opponents", arrays))
        if self.standing:
            self.standing.restore(entries_under("standing", arrays))

    def moved(
        self, mover: Mover, state: LearnerState, rows: Chunk
    ) -> tuple[LearnerState, StepInfo, Mapping[str, StepInfo], Mapping[str, float]]:
        """The state after some rows, what was made of them, what each learner made of them, and
        the seconds of each learner of a mixture."""
        seen = Observation(rows.x, rows.y, rows.weight, rows.start)
        if isinstance(mover, SeriesMixture):
            return mover.run_all(state, rows.series, seen)
        if isinstance(mover, Mixture):
            return mover.run_all(state, seen)
        several = isinstance(mover, Series)
        state, info = mover.run(state, rows.series, seen) if several else mover.run(state, seen)
        return state, info, {ALONE: info}, {}

    def _sizeable(self, values: np.ndarray) -> np.ndarray:
        # Not as Python's own number, which NumPy would round to the dtype of the values.
        return np.abs(values) < np.float64(size_limit(self.learner.dtype))

    def _clock(self, rows: int, seconds: float) -> bool:
        """Whether so many rows have been passed before, and these seconds count."""
        timed = rows in self._lengths
        if timed:
            self.progress["timed"] += (seconds, rows)
        self._lengths.add(rows)
        return timed


def frozen_twin(twin: LearnerState, state: LearnerState) -> LearnerState:
    """A state of the same network under `Frozen`, with everything that the other has learnt."""
    parts = (
        *("parameters", "recurrent", "input_scale", "target_scale"),
        *("label", "newest", "expansions"),
    )
    copied = {name: jax.tree.map(jnp.copy, getattr(state, name)) for name in parts}
    return twin.replace(**copied)
