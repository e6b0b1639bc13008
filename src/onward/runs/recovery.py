"""A learner that has blown up is put back to its last good weights, and learns more slowly."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from onward.evaluate.state import State, entries_under, nest
from onward.learning.info import StepInfo
from onward.learning.learner import Learner
from onward.learning.series import Series
from onward.learning.state import LearnerState
from onward.mixtures.mixture import Mixture, states_of, with_states
from onward.mixtures.series_mixture import SeriesMixture
from onward.storing.flat_state import flatten_state, restore_state
from onward.storing.notes import Mover

# The name of a learner that is no member of a mixture.
ALONE = "learner"
# Rows after which it is judged.
WINDOW = 1000
# The mean loss of a window beyond which its learner has blown up, where losses have a scale: an
# error of some 5 standard deviations throughout, or a probability of e⁻¹² for what happens.
LARGEST_LOSS = 12.0
# Restarts after which it learns no more. The n-th divides the rates by 10ⁿ: by 10¹⁵ in all.
MOST_RESTARTS = 6


class Recovery:
    """Watches the learner of a run, window by window.

    A window is lost where weights are not finite; where labels came and none was learnt; or where
    the mean loss is far above what predicting the mean costs. Then the weights and the optimizer
    are those at the end of the last window that was not, the recurrent state and what the rule
    carries begin afresh, and the rates fall. After the sixth time the rates are zero.

    Args:
        learner: its settings.
        state: its state before the first row, or the state of several series of it.
    """

    def __init__(self, learner: Learner, state: LearnerState):
        loss = learner.parts.loss
        bounded = loss.scaled or learner.outputs != learner.targets
        self._limit = LARGEST_LOSS if bounded else np.inf
        self._fresh = jax.tree.map(np.asarray, state)
        self._good = self._weights(state)
        self._learns = bool(learner.parts.rule.trains)
        self._count = np.zeros(1, np.int64)
        # After how many rows it was put back each time.
        self._rows = np.zeros(MOST_RESTARTS, np.int64)
        # Rows of the window, labels that could be learnt, those that were, and their losses.
        self._window = np.zeros(4)

    @property
    def restarts(self) -> int:
        """How many there were."""
        return int(self._count[0])

    @property
    def rows(self) -> list[int]:
        """After how many rows of the run it was put back, each time that is known of."""
        return [int(row) for row in self._rows if row]

    @property
    def given_up(self) -> bool:
        """Whether the learner has stopped learning."""
        return self.restarts >= MOST_RESTARTS

    def after(
        self, state: LearnerState, info: StepInfo, labels: int, row: int
    ) -> tuple[LearnerState, bool]:
        """The state to go on from after some rows of a window, and whether it was put back.

        Args:
            state: after the rows.
            info: of their samples.
            labels: how many labels came with them that could be learnt from.
            row: how many rows of the run have passed with them.
        """
        known = np.isfinite(info.loss)
        losses = np.asarray(info.loss, np.float64)[known].sum()
        self._window += np.array([len(known), labels, np.count_nonzero(info.learnt), losses])
        if self._window[0] < WINDOW:
            return state, False
        lost = not self.given_up and self._lost(state)
        self._window[:] = 0
        if not lost:
            self._good = self._weights(state)
            return state, False
        self._count += 1
        self._rows[self.restarts - 1] = row
        lower = 0.0 if self.given_up else 10.0**-self.restarts
        afresh = {name: getattr(self._fresh, name) for name in ("recurrent", "carry")}
        copied = jax.tree.map(jnp.asarray, {**self._good, **afresh})
        rates = jax.tree.map(lambda rate: rate * lower, state.learning_rates)
        return state.replace(**copied, learning_rates=rates), True

    def state(self) -> State:
        """All that the next chunk needs, as a flat dictionary of arrays."""
        good = flatten_state(self._fresh.replace(**self._good))
        kept = {name: array for name, array in good.items() if name.startswith(("para", "optim"))}
        own = {"count": self._count, "window": self._window, "rows": self._rows}
        return {**{name: array.copy() for name, array in own.items()}, **kept}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from the `state()` of a recovery of the same learner."""
        self._count = arrays["count"].copy()
        self._window = arrays["window"].copy()
        # Checkpoints of earlier releases do not say.
        self._rows = arrays.get("rows", np.zeros_like(self._rows)).copy()
        own = ("count", "window", "rows")
        kept = {name: array for name, array in arrays.items() if name not in own}
        whole = {**flatten_state(self._fresh), **kept}
        self._good = self._weights(restore_state(self._fresh, whole))

    def _weights(self, state: LearnerState) -> dict:
        parts = {"parameters": state.parameters, "optimizer": state.optimizer}
        # Copies: the next chunk consumes the state.
        return jax.tree.map(lambda leaf: np.array(leaf, copy=True), parts)

    def _lost(self, state: LearnerState) -> bool:
        weights = jax.tree.leaves(state.parameters)
        if not all(np.isfinite(np.asarray(leaf)).all() for leaf in weights):
            return True
        _, labels, learnt, losses = self._window
        if self._learns and not learnt:
            return bool(labels)
        return bool(learnt and losses / learnt > self._limit)


class Recoveries:
    """A `Recovery` of each learner of a run.

    Args:
        mover: what passes over the rows.
        state: its state before the first row.
    """

    def __init__(self, mover: Mover, state: LearnerState):
        learners = _learners(mover)
        self._each = {
            name: Recovery(one, part)
            for (name, one), part in zip(learners.items(), states_of(state), strict=True)
        }

    @property
    def restarts(self) -> int:
        """How many there were, of all."""
        return sum(one.restarts for one in self._each.values())

    @property
    def told(self) -> list[dict[str, Any]]:
        """Each time that a learner was put back: which, after how many rows, and what its first
        learning rates have been multiplied by since."""
        return [
            {"learner": name, "row": row, "rates": fallen(number)}
            for name, one in self._each.items()
            for number, row in enumerate(one.rows, one.restarts - len(one.rows) + 1)
        ]

    @property
    def given_up(self) -> bool:
        """Whether all learners have stopped learning."""
        return all(one.given_up for one in self._each.values())

    def after(
        self, state: LearnerState, infos: Mapping[str, StepInfo], labels: int, row: int
    ) -> LearnerState:
        """The state to go on from after some rows; see `Recovery.after`.

        Args:
            state: of the mover, after the rows.
            infos: of the same rows, by learner.
            labels: how many labels came with them that could be learnt from.
            row: how many rows of the run have passed with them.
        """
        parts = states_of(state)
        done = [
            one.after(part, infos[name], labels, row)
            for part, (name, one) in zip(parts, self._each.items(), strict=True)
        ]
        if not any(back for _, back in done):
            return state
        return with_states(state, [part for part, _ in done])

    def state(self) -> State:
        """All that the next chunk needs, as a flat dictionary of arrays."""
        arrays: State = {}
        for name, one in self._each.items():
            arrays |= nest(name, one.state())
        return arrays

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from the `state()` of recoveries of the same mover."""
        for name, one in self._each.items():
            one.restore(entries_under(name, arrays))


def fallen(restarts: int) -> float:
    """What learning rates have been multiplied by after so many restarts."""
    return 10.0 ** -(restarts * (restarts + 1) // 2) if restarts < MOST_RESTARTS else 0.0


def _learners(mover: Mover) -> dict[str, Learner]:
    if isinstance(mover, SeriesMixture):
        return mover.mixture.learners
    if isinstance(mover, Mixture):
        return mover.learners
    return {ALONE: mover.learner if isinstance(mover, Series) else mover}
