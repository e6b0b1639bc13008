"""A learner on its way through ordered rows."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from onward.adapters.make import make
from onward.adapters.sklearn.unlabelled import run_believing
from onward.learning.observation import Observation
from onward.storing.flat_state import flatten_state, restore_state


class Passage:
    """A learner, how far it has come, and the labels that it is yet to be told.

    The label of a row comes `horizon` rows later, whoever hands it over with the row itself. It
    keeps its weight until then.

    Args:
        settings: arguments of `make`.

    Attributes:
        learner: what passes.
        state: of it, after the last row.
        late: labels of the last `horizon` rows, shape (horizon, targets).
        weights: of those.
        believed: what was predicted of rows whose labels are fed back next and never come, shape
            (horizon, outputs), but one row at least; NaN where there is none.
        group: that of the last row; None where nobody has told one.
    """

    def __init__(self, **settings: Any):
        self.settings = settings
        self.learner = make(**settings)
        self.state = self.learner.init(jax.random.key(settings["seed"]))
        horizon = self.learner.parts.delay
        self.late = np.full((horizon, self.learner.targets), np.nan)
        self.weights = np.ones(horizon)
        self.believed = self._none_believed
        self.group: Any = None

    def learn(
        self, xs: np.ndarray, ys: np.ndarray, weights: np.ndarray, groups: np.ndarray | None
    ) -> np.ndarray:
        """Predict each row, then learn from the label that has come.

        Args:
            xs: shape (rows, features).
            ys: the labels of these rows, shape (rows, targets); NaN where one is missing.
            weights: of these labels, shape (rows,).
            groups: a sequence begins where one differs from that of the row before.

        Returns:
            What is predicted of each row, shape (rows, outputs).
        """
        seen = self._arriving(xs, ys, weights, groups)
        self.state, info = self.learner.run(self.state, seen)
        self.believed = self._none_believed
        return np.asarray(info.prediction)

    def move(self, xs: np.ndarray, ys: np.ndarray | None, groups: np.ndarray | None) -> np.ndarray:
        """As `learn`, with no label learnt from.

        Where labels are None, what is predicted is fed back in their place.
        """
        nothing = np.zeros(len(xs))
        known = np.full((len(xs), self.learner.targets), np.nan) if ys is None else ys
        seen = self._arriving(xs, known, nothing, groups)._replace(weight=nothing)
        if ys is None and self.learner.parts.feedback:
            self.state, self.believed, info = run_believing(
                self.learner, self.state, self.believed, seen
            )
        else:
            self.state, info = self.learner.run(self.state, seen)
            self.believed = self._none_believed
        return np.asarray(info.prediction)

    def ahead(self, xs: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
        """What `move` predicts without labels; nothing is changed."""
        other = object.__new__(Passage)
        # A state is consumed by what passes on from it.
        state = jax.tree.map(jnp.copy, self.state)
        other.__dict__.update(self.__dict__, state=state)
        return other.move(xs, None, groups)

    def _arriving(
        self, xs: np.ndarray, ys: np.ndarray, weights: np.ndarray, groups: np.ndarray | None
    ) -> Observation:
        """These rows with the labels that come with them; their own are kept until they do."""
        rows, targets = len(xs), self.learner.targets
        if ys.shape[1] != targets:
            raise ValueError(
                f"Expected {targets} targets a row, as before; got {ys.shape[1]}. Try fit, which "
                "begins afresh."
            )
        labels, weights = np.concatenate([self.late, ys]), np.concatenate([self.weights, weights])
        starts = starts_of(groups, self.group)
        self.late, self.weights = labels[rows:], weights[rows:]
        self.group = self.group if groups is None else groups[-1]
        return Observation(xs, labels[:rows], weights[:rows], starts)

    @property
    def _none_believed(self) -> np.ndarray:
        shape = (max(len(self.late), 1), self.learner.outputs)
        return np.full(shape, np.nan, self.learner.dtype)

    def __getstate__(self) -> dict[str, Any]:
        """All but the learner, which is made anew: it holds what has been compiled."""
        kept = {name: value for name, value in vars(self).items() if name != "learner"}
        return kept | {"state": flatten_state(self.state)}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        vars(self).update(kept)
        self.learner = make(**self.settings)
        self.state = restore_state(self.learner.shapes, kept["state"])


def starts_of(groups: np.ndarray | None, before: Any) -> np.ndarray | bool:
    """Where a sequence begins.

    Args:
        groups: of each row; None where no sequence begins.
        before: of the row before the first.
    """
    if groups is None:
        return False
    return np.concatenate([[groups[0] != before], groups[1:] != groups[:-1]]).astype(bool)
