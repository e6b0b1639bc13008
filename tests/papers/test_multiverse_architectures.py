"""Twelve cells under one protocol, and how B5 counts them."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from papers.claims.b5 import B5
from papers.multiverse.draw import Draw
from papers.multiverse.factors import INPUTS, PRE_RATE, WEIGHTS
from papers.multiverse.methods import NONE, NONE_MOMENTUM, NONE_RMSPROP, NONE_SGD
from papers.multiverse.space import Protocol
from papers.multiverse.worlds.architectures import (
    BYPASS,
    CELL,
    CURVATURE,
    NEED,
    ArchitecturesWorld,
    right,
)
from papers.setting import FROZEN

WORLD = ArchitecturesWorld()
TRIED = (FROZEN, NONE_SGD, NONE_MOMENTUM, NONE, NONE_RMSPROP)


class _Two(ArchitecturesWorld):
    least = 2

    def parts(self, protocol: Protocol) -> Mapping[str, Protocol]:
        return {cell: part for cell, part in super().parts(protocol).items() if cell in _CELLS}


_CELLS = ("rnn", "lru")


def test_ten_cells_and_more_and_only_matrices_are_drawn() -> None:
    parts = WORLD.parts(WORLD.space.point({WEIGHTS: "orthogonal 1"}))
    assert len(parts) >= WORLD.least >= 10
    assert parts["rnn"] == {CELL: "rnn"}
    assert parts["lru"] == {CELL: "lru", WEIGHTS: "own", INPUTS: "own"}


@pytest.mark.study
def test_a_small_draw_runs() -> None:
    world = replace(_Two(), factor=10, seeds=1)
    found = world.measure(world.space.point({WEIGHTS: "orthogonal 1", PRE_RATE: 3e-3}), "small")
    assert found.parts() == _CELLS
    for cell in _CELLS:
        assert all(np.isfinite(found.part(cell)[method]).all() for method in TRIED)
    assert found.part("rnn").number(CURVATURE) > 1e-3 > found.part("lru").number(CURVATURE)
    assert found.part("rnn").number(BYPASS) < 1e-3
    assert right(found) in (0, 50, 100)


def made_up(cells: Mapping[str, tuple[bool, tuple[float, ...]]]) -> Draw:
    """Of each cell whether the rule says that it needs normalisation, and its errors."""
    errors, numbers = {}, {}
    for cell, (needs, found) in cells.items():
        for method, error in zip(TRIED, found, strict=True):
            errors[f"{cell}: {method.name}"] = np.array([error, error])
        numbers[f"{cell}: {CURVATURE}"] = np.array([1.0 if needs else 0.0] * 2)
        numbers[f"{cell}: {BYPASS}"] = np.zeros(2)
    return Draw("made up", {}, errors, numbers)


SAVES, SAVES_NOTHING = (1.0, 0.8, 0.8, 0.3, 0.3), (1.0, 0.3, 0.3, 0.25, 0.25)


def test_the_rule_is_right_where_it_says_what_the_gain_says() -> None:
    assert NEED == 0.1
    draw = made_up({"a": (True, SAVES), "b": (False, SAVES_NOTHING)})
    assert right(draw) == 100
    draw = made_up({"a": (False, SAVES), "b": (True, SAVES_NOTHING), "c": (True, SAVES)})
    assert right(draw) == pytest.approx(100 / 3)


def test_worse_than_frozen_counts_as_frozen() -> None:
    diverged = (1.0, np.inf, np.inf, 0.95, 0.95)
    assert right(made_up({"a": (False, diverged)})) == 100
    assert right(made_up({"a": (True, (1.0, np.inf, np.inf, 0.5, 0.5))})) == 100


def test_b5_is_read_by_adam_and_sgd_and_by_the_best_of_each_kind() -> None:
    # Momentum and RMSprop tell another story than SGD and Adam.
    cells = {"a": (True, (1.0, 0.8, 0.3, 0.3, 0.3)), "b": (True, SAVES), "c": (True, SAVES)}
    draw = made_up(cells | dict.fromkeys("def", (True, SAVES)))
    one, group = B5.universes
    assert one.figure(draw) == 100 and one.holds(draw)
    assert group.figure(draw) == pytest.approx(500 / 6) and group.holds(draw)
    fewer = made_up({name: cells[name] for name in "abc"})
    assert one.holds(fewer) and not group.holds(fewer)
