"""A rule that learns from labels itself, and one that reports."""

from typing import ClassVar

import jax.numpy as jnp
import numpy as np
import pytest

from learning.examples import learner_of, start, stream
from matrix import left
from onward import Frozen, Immediate, ImpossiblePairError
from onward._trees import flatten


class Watching(Immediate):
    """Counts its labels and reports the count and the newest signal's norm."""

    propagates: ClassVar[bool] = True
    reports: ClassVar[tuple[str, ...]] = ("labels", "signal_norm")

    def init(self, cell, state, x, key):
        return {"moment": super().init(cell, state, x, key), "seen": jnp.zeros(2)}

    def advance(self, cell, carry, state_prev, x):
        return {**carry, "moment": super().advance(cell, None, state_prev, x)}

    def credit(self, cell, carry, signal):
        return super().credit(cell, carry["moment"], signal)

    def adapt(self, cell, carry, due, signal):
        norm = jnp.linalg.norm(flatten(signal))
        return {**carry, "seen": jnp.stack([carry["seen"][0] + 1, norm])}

    def report(self, carry):
        return carry["seen"]


@pytest.mark.parametrize("delay", [left(0), 2])
def test_a_rule_adapts_at_each_label_that_is_learnt_from_and_reports(delay) -> None:
    learner = learner_of(rule=Watching(), delay=delay)
    xs, ys = stream(12)
    ys[5] = np.nan
    state, infos = learner.run(start(learner), xs, ys)
    assert infos.diagnostics.shape == (12, 2)
    np.testing.assert_array_equal(infos.diagnostics[:, 0], np.cumsum(infos.learnt))
    assert int(infos.diagnostics[-1, 0]) == int(state.counters.learnt) == 11 - max(delay, 1)
    assert infos.diagnostics[-1, 1] > 0
    state = start(learner)
    for t in range(12):
        state, info = learner.step(state, xs[t], ys[t])
        np.testing.assert_allclose(info.diagnostics, infos.diagnostics[t], rtol=1e-12)


def test_a_rule_that_reports_nothing_has_no_diagnostics() -> None:
    learner = learner_of(rule=Frozen())
    xs, ys = stream(3)
    assert learner.run(start(learner), xs, ys)[1].diagnostics.shape == (3, 0)


class Picky(Immediate):
    def refuse(self, cell):
        raise ImpossiblePairError("Expected a cell with wings; got none. Try a bird.")


def test_a_pair_that_is_impossible_is_refused_at_construction() -> None:
    with pytest.raises(ImpossiblePairError, match="Try a bird"):
        learner_of(rule=Picky())
