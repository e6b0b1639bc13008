"""What each member of a mixture would have predicted alone, beside the mixture."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from onward.learning.info import StepInfo
from onward.learning.state import LearnerState
from onward.mixtures.mixture import Mixture
from onward.mixtures.table import Table
from onward.mixtures.together import newest
from onward.runs import Contest, Plan
from onward.storing.notes import Mover
from onward.streams import Chunk


class Watched(Contest):
    """A contest that keeps what each learner has said, and the CPU time of the mixture alone.

    Args:
        plan: what to run.
    """

    def __init__(self, plan: Plan):
        super().__init__(plan)
        self.said: dict[str, list[np.ndarray]] = {}
        self.labels_seen: list[np.ndarray] = []
        # CPU seconds and rows of the chunks whose length had been compiled before.
        self.spent, self.timed = 0.0, 0
        self._compiled: set[int] = set()

    @property
    def seconds(self) -> float | None:
        """CPU seconds a row of the mixture; None where all it did was to compile."""
        return self.spent / self.timed if self.timed else None

    def moved(
        self, mover: Mover, state: LearnerState, rows: Chunk
    ) -> tuple[LearnerState, StepInfo, Mapping[str, StepInfo], Mapping[str, float]]:
        began = time.process_time()
        after = super().moved(mover, state, rows)
        if mover is not self.mover:
            return after
        np.asarray(after[1].prediction)
        if len(rows.x) in self._compiled:
            self.spent += time.process_time() - began
            self.timed += len(rows.x)
        self._compiled.add(len(rows.x))
        for name, info in after[2].items():
            self.said.setdefault(name, []).append(np.asarray(info.prediction))
        self.labels_seen.append(rows.y)
        return after

    def alone(self) -> dict[str, np.ndarray]:
        """Of each member the predictions at all rows, shape (rows, outputs)."""
        learner: Any = self.learner
        assert isinstance(learner, Mixture), "the default is a mixture"
        said = {name: np.concatenate(parts) for name, parts in self.said.items()}
        others = [name for name in learner.names if name not in said]
        y = jnp.asarray(np.concatenate(self.labels_seen), learner.dtype)
        forecasts = np.asarray(_forecasts(learner.table, y))
        return said | dict(zip(others, forecasts.swapaxes(0, 1), strict=True))


@partial(jax.jit, static_argnums=0)
def _forecasts(table: Table, y: jax.Array) -> jax.Array:
    """What the forecasters say at each row, NaN before any label, shape (rows, forecasters,
    outputs): of a label that comes with its own sample before it comes, else after."""
    ahead = max(table.delay, 1)
    labels, known = jax.vmap(partial(newest, table))(y)

    def step(carry: Any, row: Any) -> Any:
        states, before, begun = carry
        after = tuple(
            each.update(state, *row) for each, state in zip(table.forecasters, states, strict=True)
        )
        pairs = zip(table.forecasters, after, strict=True)
        made = jnp.stack([each.forecast(state, ahead) for each, state in pairs])
        now = begun | row[1]
        told, there = (made, now) if table.delay else (before, begun)
        return (after, made, now), jnp.where(there, told, jnp.nan)

    width = labels.shape[1]
    states = tuple(each.init(width, labels.dtype, ahead) for each in table.forecasters)
    fresh = jnp.zeros((len(states), width), labels.dtype)
    return jax.lax.scan(step, (states, fresh, jnp.zeros(width, bool)), (labels, known))[1]
