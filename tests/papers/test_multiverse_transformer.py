"""The world of a transformer, and what A8 reads of it."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from papers.claims.a8 import A8, DENSE, HALF, NO_HEAD, THIRD
from papers.multiverse.draw import Draw
from papers.multiverse.factors import RATE, SIZE, WINDOW
from papers.multiverse.methods import HEADS
from papers.multiverse.worlds.transformer import (
    FEATURES,
    NARROW,
    NEEDLES,
    RECALLS,
    SCALE,
    TASK,
    TransformerWorld,
)
from papers.setting import FROZEN, Method

WORLD = TransformerWorld()
NEEDLE = {TASK: "needle, 2 ago", WINDOW: 1000, RATE: 3e-3}


@dataclass(frozen=True)
class _Small(TransformerWorld):
    methods: ClassVar[tuple[Method, ...]] = (FROZEN, HEADS[1], HEADS[0])


def test_the_claim_and_the_world_mean_the_same_methods() -> None:
    assert {DENSE, HALF, THIRD, NO_HEAD} == set(HEADS.values()) <= set(WORLD.methods)


@pytest.mark.parametrize("task", [*RECALLS, *NEEDLES])
def test_labels_are_of_the_age_that_the_task_says(task: str) -> None:
    age = (RECALLS | NEEDLES)[task]
    met = WORLD.stretches(WORLD.space.point({TASK: task, SCALE: 2.0, WINDOW: 300}), 1)
    assert not len(met.before.x)
    x, y = (np.concatenate([getattr(met.after, name), getattr(met.later, name)]) for name in "xy")
    np.testing.assert_array_equal(x[:-age, :1], 2 * y[age:])
    assert set(np.unique(y)) == {-1, 1}


def test_a_block_that_looks_for_a_needle_holds_half_of_the_features() -> None:
    for size in (96, 48):
        protocol = WORLD.space.point(NEEDLE | {SIZE: size})
        shape = WORLD.shape(protocol, WORLD.stretches(protocol, 0))
        assert (shape.size, shape.features) == (NARROW, FEATURES)
    protocol = WORLD.space.point({SIZE: 48})
    assert WORLD.shape(protocol, WORLD.stretches(protocol, 0)).size == 48


@pytest.mark.study
def test_a_needle_is_found_through_all_heads_and_through_none_it_is_not() -> None:
    """Without such a task nothing could fail, and the claim could not be told."""
    found = replace(_Small(), factor=2, seeds=1).measure(
        WORLD.space.point(NEEDLE | {"score": "last third"}), ""
    )
    assert found[FROZEN].mean() == pytest.approx(1)
    assert found[DENSE].mean() < 0.5
    assert found[NO_HEAD].mean() > 0.8


def _draw(half: list[float], third: list[float], none: float) -> Draw:
    errors = {FROZEN: [1.0, 1.0], DENSE: [0.2, 0.2], HALF: half, THIRD: third, NO_HEAD: [none] * 2}
    return Draw("made up", {}, {one.name: np.array(values) for one, values in errors.items()})


@pytest.mark.parametrize(
    ("half", "third", "none", "holds"),
    [
        ([0.1, 0.11], [0.22, 0.22], 0.9, True),
        ([0.1, 0.11], [0.5, 0.5], 0.9, False),
        ([0.2, 0.2], [0.2, 0.2], 0.9, False),
        ([0.02, 0.3], [0.2, 0.2], 0.9, False),
        ([0.1, 0.11], [0.22, 0.22], 0.21, None),
    ],
)
def test_a8_asks_that_a_half_beats_all_beyond_the_noise(
    half: list[float], third: list[float], none: float, holds: bool | None
) -> None:
    (universe,) = A8.universes
    assert universe.holds(_draw(half, third, none)) is holds


def test_a8_draws_the_recovery_through_a_half() -> None:
    (universe,) = A8.universes
    assert universe.figure(_draw([0.1, 0.1], [0.2, 0.2], 0.9)) == pytest.approx(112.5)
