"""Two widths under one protocol, and what A2 and B2 read of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from papers.claims.a2 import A2
from papers.claims.b2 import B2
from papers.multiverse.draw import Draw
from papers.multiverse.factors import PRE_RATE, PRETRAINING, RATE, SIZE, WINDOW
from papers.multiverse.methods import NONE, SPARSE, TRACES
from papers.multiverse.worlds.width import (
    LARGE,
    REFERENCE,
    REFERENCES,
    SCALED,
    SMALL,
    SMALLER,
    TRUNCATED,
    WidthWorld,
)
from papers.setting import EXACT, FROZEN, Method

WORLD = WidthWorld()
A2_RULE, B2_RULE = A2.universes[0], B2.universes[-1]


class _Small(WidthWorld):
    methods: ClassVar[tuple[Method, ...]] = (FROZEN, NONE)


def test_the_large_network_has_four_times_the_units() -> None:
    same = WORLD.parts(WORLD.space.point({RATE: 3e-3}))
    assert same == {SMALL: {SIZE: 64, RATE: 3e-3}, LARGE: {SIZE: 256, RATE: 3e-3}}
    scaled = WORLD.parts(WORLD.space.point({SCALED: "as 64/n", SMALLER: 32, RATE: 1e-3}))
    assert [part[RATE] for part in scaled.values()] == [2e-3, 5e-4]


@pytest.mark.parametrize(
    ("size", "window", "reference", "expected"),
    [
        (256, 300, REFERENCES[0], TRUNCATED),
        (256, 100, REFERENCES[0], EXACT),
        (128, 300, REFERENCES[0], EXACT),
        (32, 100, REFERENCES[1], TRUNCATED),
    ],
)
def test_exact_credit_where_it_can_be_had(
    size: int, window: int, reference: str, expected: Method
) -> None:
    protocol = {SIZE: size, WINDOW: window, REFERENCE: reference}
    assert WORLD.tried(protocol) == (expected, *WORLD.methods)


@pytest.mark.study
def test_a_small_draw_runs() -> None:
    world = replace(_Small(), factor=10, seeds=1)
    protocol = {SMALLER: 32, REFERENCE: REFERENCES[1], PRETRAINING: "immediate", PRE_RATE: 3e-3}
    found = world.measure(world.space.point(protocol), "small")
    assert found.parts() == (SMALL, LARGE)
    small, large = found.part(SMALL), found.part(LARGE)
    for part in (small, large):
        assert all(np.isfinite(part[one]).all() for one in (FROZEN, NONE, TRUNCATED))
    assert small[NONE] != large[NONE] and small[NONE] != small[FROZEN]


def test_a_width_that_learns_nothing_ends_the_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WidthWorld, "pretrained", lambda *_: (None, False))
    found = WORLD.measure(WORLD.space.point({}), "small")
    assert found.hopeless.startswith("small, seed 0: the pre-training learnt nothing")
    assert not found.errors


def made_up(errors: Mapping[str, Mapping[Method, float]]) -> Draw:
    """Errors of each part, beside a frozen network's of 1 and exact credit's of .2."""
    both = {FROZEN: 1.0, EXACT: 0.2}
    return Draw(
        "made up",
        {},
        {
            f"{label}: {method.name}": np.array([error, error])
            for label, part in errors.items()
            for method, error in (both | dict(part)).items()
        },
    )


@pytest.mark.parametrize(
    ("small", "large", "held", "figure"),
    [
        (0.3, 0.3, True, 87.5),
        (0.3, 0.36, True, 80.0),
        (0.2, 0.36, False, 80.0),
        (0.5, 0.2, False, 100.0),
        (0.3, 0.6, False, 50.0),
        (0.3, np.inf, False, -np.inf),
    ],
)
def test_a2_asks_both_widths(small: float, large: float, held: bool, figure: float) -> None:
    draw = made_up({SMALL: {SPARSE: small}, LARGE: {SPARSE: large}})
    assert A2_RULE.holds(draw) is held
    assert A2_RULE.figure(draw) == pytest.approx(figure)


def test_a2_compares_errors_where_exact_credit_gains_nothing() -> None:
    level, above = (
        made_up({SMALL: {SPARSE: 0.2}, LARGE: {EXACT: 0.95, SPARSE: error}}) for error in (1.0, 1.1)
    )
    assert A2_RULE.holds(level) is True and A2_RULE.holds(above) is False
    assert np.isnan(A2_RULE.figure(level))


@pytest.mark.parametrize(
    ("small", "large", "held"),
    [(0.8, 0.5, True), (0.5, 0.5, False), (0.0, 0.2, False), (0.2, 0.0, True), (0.0, 0.0, None)],
)
def test_b2_asks_for_a_shorter_trace_at_the_large_width(
    small: float, large: float, held: bool | None
) -> None:
    def curve(best: float) -> dict[Method, float]:
        errors = {method: 0.3 + abs(decay - best) for decay, method in TRACES.items()}
        return errors | {NONE: 0.3 + best}

    draw = made_up({SMALL: curve(small), LARGE: curve(large)})
    assert B2_RULE.holds(draw) is held
    assert B2_RULE.figure(draw) == pytest.approx(large - small)
