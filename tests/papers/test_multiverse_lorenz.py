"""The world of Lorenz: what its networks meet, and what A6 reads of it."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from papers.claims.a6 import A6
from papers.multiverse.draw import Draw
from papers.multiverse.factors import PLASTIC, SAMPLES, SIZE, WINDOW
from papers.multiverse.methods import NONE, SPARSE
from papers.multiverse.worlds.lorenz import HORIZON, SCALE, LorenzWorld, SineSpreadWorld
from papers.setting import EXACT, FROZEN, Method

WORLD = LorenzWorld()


@dataclass(frozen=True)
class _Small(LorenzWorld):
    methods: ClassVar[tuple[Method, ...]] = (FROZEN, NONE)


def test_labels_lie_ahead_and_the_first_after_the_shift_is_the_first_of_the_new_law() -> None:
    near, far = (
        WORLD.stretches(WORLD.space.point({HORIZON: ahead, SCALE: 2.0, SAMPLES: 500}), 3)
        for ahead in (1, 10)
    )
    assert [len(one.x) for one in far] == [500, 1000, 300]
    for one, ahead in ((near, 1), (far, 10)):
        x, y = (np.concatenate([getattr(part, name) for part in one]) for name in "xy")
        np.testing.assert_array_equal(x[ahead:], 2 * y[:-ahead])
    np.testing.assert_array_equal(near.after.y, far.after.y)


def test_the_law_changes_where_the_stretch_begins() -> None:
    one, other = (
        WORLD.stretches(WORLD.space.point({"shifted rho": rho}), 0) for rho in (32.0, 45.0)
    )
    np.testing.assert_array_equal(one.before.y, other.before.y)
    assert not np.array_equal(one.after.y[0], other.after.y[0])


@pytest.mark.parametrize("world", [WORLD, SineSpreadWorld()])
def test_spread_is_read_over_twenty_seeds(world: LorenzWorld | SineSpreadWorld) -> None:
    assert world.seeds == 20
    assert {EXACT, SPARSE, FROZEN} <= set(world.methods)


def test_larger_networks_and_longer_stretches_cost_more() -> None:
    cheap, dear = (
        WORLD.cost(WORLD.space.point({SIZE: size, WINDOW: window}))
        for size, window in ((32, 100), (64, 1000))
    )
    assert dear > 4 * cheap


@pytest.mark.study
def test_a_small_draw_runs() -> None:
    world = replace(_Small(), factor=10, seeds=2)
    protocol = world.space.point({PLASTIC: "all", "pre-training by": "immediate"})
    found = world.measure(protocol, "small")
    assert not found.hopeless
    assert all(np.isfinite(found[method]).all() for method in world.methods)
    assert not np.array_equal(found[NONE], found[FROZEN])


def _draw(exact: list[float], sparse: list[float]) -> Draw:
    return Draw("made up", {}, {EXACT.name: np.array(exact), SPARSE.name: np.array(sparse)})


@pytest.mark.parametrize(
    ("exact", "sparse", "steadier"),
    [
        ([1.0, 3.0], [1.9, 2.1], True),
        ([1.0, 3.0], [1.2, 2.8], False),
        ([1.0, np.inf], [1.0, 3.0], True),
        ([1.0, 3.0], [1.0, np.inf], False),
        ([1.0, np.inf], [1.0, np.inf], None),
    ],
)
def test_a6_asks_for_half_the_variation(
    exact: list[float], sparse: list[float], steadier: bool | None
) -> None:
    chaotic, calm = A6.universes
    draw = _draw(exact, sparse)
    assert chaotic.holds(draw) is steadier
    assert calm.holds(draw) is (None if steadier is None else not steadier)


def test_a6_draws_the_variation_in_per_cent() -> None:
    chaotic, calm = A6.universes
    draw = _draw([1.0, 3.0], [2.0, 2.0])
    assert chaotic.figure(draw) == 0
    assert calm.figure(draw) == pytest.approx(100 / np.sqrt(2))
