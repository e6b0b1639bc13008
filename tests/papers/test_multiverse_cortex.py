"""The worlds of cortex: what is drawn, what a network meets, and what is measured of it."""

from pathlib import Path

import numpy as np
import pytest
from recorded import DATA, needs_recordings

from papers import data
from papers.multiverse.factors import PLAIN, PLASTIC, RATE, SAMPLES, SIZE, WINDOW
from papers.multiverse.gradient_parts import LENGTHS, PAST, PRESENT_ROWS, STEPS
from papers.multiverse.methods import NONE_ADAFACTOR, NONE_LARS, NONE_SGD
from papers.multiverse.space import Protocol
from papers.multiverse.world import Stretches
from papers.multiverse.worlds.cortex import (
    DAYS,
    HEAD,
    LATER,
    MOMENTS,
    OWN_MOMENTS,
    POINTS,
    RELATIVE,
    TEST,
    CortexGradientsWorld,
    CortexWorld,
    StationaryWorld,
)
from papers.setting import EXACT, FROZEN, Method
from papers.tasks import CortexShift
from papers.tasks.base import Phase


class Echo(CortexGradientsWorld):
    """The input of before; after the shift with another sign."""

    methods = (FROZEN, EXACT, NONE_LARS)

    def stretches(self, protocol: Protocol, seed: int) -> Stretches:
        x = np.random.default_rng(0).normal(size=(341, 2)).astype(np.float32)
        phase = lambda rows, sign: Phase(x[1:][rows], sign * x[:-1][rows])  # noqa: E731
        return Stretches(
            phase(slice(300), 1), phase(slice(300, 320), -1), phase(slice(320, 340), -1)
        )


def test_the_stationary_world_has_the_same_draws_without_the_day() -> None:
    drifting, still = CortexWorld(), StationaryWorld()
    for index in range(30):
        drawn = dict(drifting.space.draw(index))
        assert drawn.pop(TEST) in DAYS
        assert drawn == still.space.draw(index)
        assert CortexGradientsWorld().space.draw(index) == drifting.space.draw(index)
    assert set(POINTS) <= set(drifting.protocols()) & set(still.protocols())


def test_each_kind_of_optimizer_has_its_own_multiple_of_the_rate() -> None:
    world = CortexWorld()
    protocol = world.space.point({RATE: 3e-3, PLAIN: 10, RELATIVE: 0.1})
    rates = lambda method: world.rates(protocol, method)  # noqa: E731
    assert rates(EXACT) == (3e-3, 3e-3)
    assert rates(NONE_SGD) == pytest.approx((3e-2, 3e-2))
    assert rates(NONE_LARS) == rates(NONE_ADAFACTOR) == pytest.approx((3e-4, 3e-4))
    assert rates(Method("readout-only", "adam")) == (0.0, 3e-3)
    held = world.space.point({PLASTIC: "recurrent"})
    assert world.rates(held, NONE_LARS) == (1e-3, 0.0)


def test_larger_draws_cost_more() -> None:
    world = CortexWorld()
    point = dict(world.space.point({}))
    costs = [world.cost(point | less) for less in ({}, {SIZE: 16}, {WINDOW: 500})]
    assert costs[0] > max(costs[1:])


@pytest.mark.study
def test_a_draw_is_measured_in_errors_gradients_and_steps() -> None:
    world = Echo(seeds=1, factor=4)
    draw = world.measure(world.space.point({MOMENTS: OWN_MOMENTS, "precision": "float32"}), "echo")
    assert not draw.hopeless
    assert draw[EXACT][0] < draw[FROZEN][0]
    assert 1 < draw[FROZEN][0] < 5
    for method in (EXACT, NONE_LARS):
        assert draw.number(f"{STEPS}, {method.name}") > 0
    # Before learning under the plain name, afterwards under the method's.
    before, after = draw.number(PAST), draw.number(f"{PAST}, {EXACT.name}")
    assert 1 / 8 < before < 1 and 1 / 8 < after < 1 and before != after
    assert {f"{one}, {EXACT.name}" for one in (PRESENT_ROWS, LENGTHS)} <= set(draw.numbers)
    assert f"{PAST}, {NONE_LARS.name}" not in draw.numbers


def test_missing_recordings_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(data.VARIABLE, str(tmp_path))
    assert "Expected the recording limb_wrist_spike/" in (CortexWorld().missing() or "")


class TestRecordings:
    pytestmark = needs_recordings

    @pytest.fixture(autouse=True)
    def folder(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(data.VARIABLE, str(DATA))

    def test_a_network_learns_the_days_of_training_then_meets_the_day(self) -> None:
        world, task = CortexWorld(), CortexShift(test=DAYS[1])
        assert world.missing() is None
        found = world.stretches(world.space.point({TEST: DAYS[1], SAMPLES: 3000, WINDOW: 500}), 3)
        first, whole = task.before(0), task.after(0)
        assert len(found.before.x) == 3000 and len(found.after.x) == 500
        np.testing.assert_array_equal(found.before.y[1000], first.y[23_998])
        np.testing.assert_array_equal(found.after.x, whole.x[HEAD : HEAD + 500])
        np.testing.assert_array_equal(found.later.y, whole.y[HEAD + 500 : HEAD + 500 + LATER])
        assert found.before.x.dtype == found.after.x.dtype == np.float32

    def test_without_a_shift_the_last_day_of_training_goes_on(self) -> None:
        world, task = StationaryWorld(), CortexShift()
        point = dict(world.space.point({SAMPLES: 3000}))
        found, last = world.stretches(point, 0), task.before(0).x[2 * 23_998 :]
        np.testing.assert_array_equal(found.before.x[2000:], last[:1000])
        np.testing.assert_array_equal(found.after.x, last[1000 + HEAD : 1000 + HEAD + 2000])
        own = world.stretches(point | {MOMENTS: OWN_MOMENTS}, 0).after.x
        head = last[1000 : 1000 + HEAD]
        expected = (found.after.x - head.mean(axis=0)) / np.where(
            head.std(axis=0) > 0, head.std(axis=0), 1
        )
        np.testing.assert_allclose(own, expected, rtol=1e-4, atol=1e-4)
