"""The world of the adding problem, and what A10 reads of it."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from papers.claims.a10 import A10
from papers.multiverse.draw import Draw
from papers.multiverse.factors import PLASTIC, RATE, SCORE, SIZE
from papers.multiverse.worlds.adding import (
    AFTERWARDS,
    ALONE,
    BACKPROPAGATION,
    CONTINUOUS,
    EXACT,
    HALF,
    LABELS,
    LATER,
    LENGTH,
    OPTIMIZER,
    SEQUENCES,
    SHARED,
    SPARSE,
    TERMINAL,
    AddingWorld,
)
from papers.setting import FROZEN, Method

WORLD = AddingWorld()


@dataclass(frozen=True)
class _Small(AddingWorld):
    methods: ClassVar[tuple[Method, ...]] = (FROZEN, ALONE)


SMALL = replace(_Small(), factor=25, seeds=2)
SHORT = {LENGTH: 4, SIZE: 16, RATE: 1e-2}


def test_labels_are_the_sum_so_far_or_stand_at_the_ends_alone() -> None:
    sparse, full = (
        WORLD.stretches(WORLD.space.point({LENGTH: 4, SEQUENCES: 250, LABELS: labels}), 1)
        for labels in (TERMINAL, CONTINUOUS)
    )
    assert not len(sparse.before.x)
    assert (len(sparse.after.y), len(sparse.later.y)) == (1000, 4 * LATER)
    known = np.isfinite(sparse.after.y[:, 0])
    np.testing.assert_array_equal(np.flatnonzero(known) % 4, 3)
    np.testing.assert_array_equal(sparse.after.y[known], full.after.y[known])
    sums = (full.after.x[:, 0] * full.after.x[:, 1]).reshape(-1, 4).sum(axis=1)
    np.testing.assert_allclose(full.after.y[3::4, 0], sums, rtol=1e-6)


@pytest.mark.parametrize("labels", [TERMINAL, CONTINUOUS])
@pytest.mark.parametrize("score", [HALF, AFTERWARDS])
def test_ends_alone_are_scored(labels: str, score: str) -> None:
    """Frozen networks of a zero readout say 0, so that the error is the mean of the squares."""
    protocol = SMALL.space.point({**SHORT, LABELS: labels, SCORE: score})
    met = SMALL.stretches(protocol, 0)
    ends = met.after.y[3::4] if score == HALF else met.later.y[3::4]
    expected = np.mean(ends[len(ends) // 2 if score == HALF else 0 :] ** 2)
    found = SMALL.measure(protocol, "small")
    assert found[FROZEN][0] == pytest.approx(expected, rel=1e-5)


def test_the_optimizer_of_the_draw_is_what_learns() -> None:
    """By names that say so, for in each draw it is another."""
    assert ALONE.name == "readout-only + the optimizer of the draw"
    adam, sgd = (
        SMALL.measure(SMALL.space.point({**SHORT, OPTIMIZER: optimizer}), "small")[ALONE]
        for optimizer in ("adam", "sgd")
    )
    assert np.isfinite([adam, sgd]).all()
    assert not np.allclose(adam, sgd)


def test_a_held_readout_is_held_but_for_the_method_that_learns_it() -> None:
    protocol = WORLD.space.point({PLASTIC: "recurrent", OPTIMIZER: "adam"})
    assert WORLD.rates(protocol, EXACT) == (1e-3, 0.0)
    assert WORLD.rates(protocol, ALONE) == (0.0, 1e-3)


def _draw(labels: str, variants: float, backward: float) -> Draw:
    errors = dict.fromkeys((one.name for one in (EXACT, SPARSE, SHARED)), np.array([variants] * 2))
    return Draw("made up", {LABELS: labels}, errors | {BACKPROPAGATION.name: np.full(2, backward)})


@pytest.mark.parametrize(
    ("variants", "backward", "behind"),
    [(0.289, 0.189, True), (0.2, 0.19, False), (0.16, 0.1, False), (np.inf, 0.1, True)],
)
def test_a10_asks_for_worse_than_trivial_and_than_backpropagation(
    variants: float, backward: float, behind: bool
) -> None:
    (claim,) = A10.universes
    terminal, continuous = (_draw(one, variants, backward) for one in (TERMINAL, CONTINUOUS))
    assert claim.holds(terminal) is behind
    assert claim.holds(continuous) is None
    assert claim.figure(terminal) == variants
    assert np.isnan(claim.figure(continuous))
