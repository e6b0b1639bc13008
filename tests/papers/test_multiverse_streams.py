"""Stretches of series, how networks follow them, and what B8 reads."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from papers.claims.b8 import B8
from papers.multiverse.draw import Draw
from papers.multiverse.factors import SAMPLES, SIZE
from papers.multiverse.methods import NONE_RMSPROP
from papers.multiverse.worlds import streams
from papers.multiverse.worlds.streams import COSTLY, LAST, LINEAR, STREAM, StreamsWorld, costly
from papers.setting import FROZEN
from papers.tasks import stretch
from papers.tasks.stretch import FEATURES, HISTORY, LONGEST, Stretch

ROWS = HISTORY + LONGEST + 1000
RULE = B8.universes[0]


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[np.ndarray]:
    """A series of two features and a label, in place of every recording."""
    values = np.random.default_rng(0).standard_normal((ROWS, 3)) * 5 + 3
    values[10, 0] = np.nan

    def series(name: str) -> tuple[np.ndarray, np.ndarray]:
        label = values[:, 2]
        return values[:, :2], (label > 3).astype(float) if name == "elec2" else label

    stretch._made.cache_clear()
    monkeypatch.setattr(stretch, "series", series)
    yield values
    stretch._made.cache_clear()


def test_a_stretch_begins_behind_its_history(made_up: np.ndarray) -> None:
    task = Stretch("etth1", rows=200, begins=0.5, labels=2)
    x, y = task.after(0)
    first = 500 + HISTORY
    history = made_up[500:first]
    expected = (made_up[first : first + 200] - history.mean(axis=0)) / history.std(axis=0)
    np.testing.assert_allclose(x[:, :2], expected[:, :2], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(y[:, 0], expected[:, 2], rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(x[1:, FEATURES], y[:-1, 0])
    np.testing.assert_array_equal(x[2:, FEATURES + 1], y[:-2, 0])
    assert not x[:, 2:FEATURES].any() and not x[:, FEATURES + 2 :].any()


def test_what_is_learnt_before_is_the_end_of_the_history(made_up: np.ndarray) -> None:
    few, many = Stretch("etth1", warmup=300).before(0), Stretch("etth1").before(0)
    assert len(few.x) == 300 and len(many.x) == HISTORY
    np.testing.assert_array_equal(few.y, many.y[-300:])
    assert len(Stretch("etth1", warmup=0).before(0).x) == 0
    assert not many.x[10, 0]


def test_a_running_scale_sees_no_row_ahead(made_up: np.ndarray) -> None:
    task = Stretch("etth1", rows=300, scaling="rows so far")
    x = task.after(0).x
    seen = made_up[: HISTORY + 150, 1]
    expected = (made_up[HISTORY + 150, 1] - seen.mean()) / seen.std(ddof=1)
    assert x[150, 1] == pytest.approx(expected, rel=1e-4)
    made_up[HISTORY + 150 :] *= 100
    stretch._made.cache_clear()
    np.testing.assert_array_equal(task.after(0).x[:150], x[:150])


@pytest.mark.parametrize("name", [pytest.param("elec2", marks=pytest.mark.study), "etth1"])
def test_a_small_draw_runs(made_up: np.ndarray, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(streams, "RULES", ("tbptt:window=10",))
    world = replace(StreamsWorld(), factor=15, seeds=1)
    protocol = world.space.point({STREAM: name, SIZE: 16, SAMPLES: 0})
    found = world.measure(protocol, "small")
    assert set(found.numbers) == {LAST, LINEAR}
    for method in world.tried(protocol):
        assert np.isfinite(found[method]).all()
    # Noise: no class is told more often than by chance, and no number at all.
    assert found.number(LAST) == pytest.approx(0.5 if name == "elec2" else 2.0, rel=0.3)


def test_the_others_have_the_optimizer_of_the_protocol() -> None:
    names = [method.name for method in costly({COSTLY: "rmsprop-corrected"})]
    assert names[0] == "rtrl + rmsprop-corrected" and len(names) == 4


def test_larger_networks_and_longer_stretches_cost_more() -> None:
    world = StreamsWorld()
    cheap, dear = (
        world.cost(world.space.point({SIZE: size, "cell": "gru", "window": rows}))
        for size, rows in ((16, 1500), (32, 3000))
    )
    assert dear > 2 * cheap


@pytest.mark.parametrize(
    ("ours", "others", "held"),
    [
        (0.30, (0.5, 0.4, 0.5, 0.6), True),
        (0.44, (0.5, 0.4, 0.5, 0.6), True),
        (0.50, (0.5, 0.4, 0.5, 0.6), False),
        (0.50, (np.inf, np.inf, 0.5, 0.6), True),
        (np.inf, (np.inf, np.inf, np.inf, np.inf), False),
    ],
)
def test_b8_is_level_with_the_best_of_what_costs_more(
    ours: float, others: tuple[float, ...], held: bool
) -> None:
    protocol = {COSTLY: "adam"}
    errors = dict(zip((one.name for one in costly(protocol)), others, strict=True))
    errors |= {FROZEN.name: 1.0, NONE_RMSPROP.name: ours}
    draw = Draw("made up", protocol, {name: np.array([one]) for name, one in errors.items()})
    assert RULE.holds(draw) is held
    if np.isfinite(ours):
        assert RULE.figure(draw) == pytest.approx(ours / min(others))
