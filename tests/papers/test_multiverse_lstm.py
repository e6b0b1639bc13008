"""The world of an LSTM, and what A7 reads of it."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from papers.claims.a7 import A7
from papers.multiverse.draw import Draw
from papers.multiverse.factors import PRETRAINING, SIZE
from papers.multiverse.gradient_parts import PAST, STEPS
from papers.multiverse.methods import SPARSE
from papers.multiverse.network import Shape, start
from papers.multiverse.worlds.lstm import LSTMWorld
from papers.setting import EXACT, FROZEN, Method


@dataclass(frozen=True)
class _Small(LSTMWorld):
    methods: ClassVar[tuple[Method, ...]] = (FROZEN, EXACT)


def test_every_gate_starts_orthogonal_by_itself() -> None:
    network = start(Shape("lstm", 8, 1, 1), "orthogonal 1.2", "small", "zero", 0)
    recurrent = np.asarray(network.parameters["cell"].recurrent)
    assert recurrent.shape == (4, 8, 8)
    for gate in recurrent:
        np.testing.assert_allclose(gate @ gate.T, 1.44 * np.eye(8), atol=1e-5)
    assert not np.allclose(recurrent[0], recurrent[1])


def test_no_lstm_is_pre_trained_by_exact_credit() -> None:
    assert "rtrl" not in LSTMWorld().space.as_dict()[PRETRAINING]


@pytest.mark.study
def test_a_draw_has_what_steps_and_gradients_come_to() -> None:
    world = replace(_Small(), factor=50, seeds=2)
    protocol = world.space.point({"plastic": "all", PRETRAINING: "immediate", SIZE: 16})
    found = world.measure(protocol, "small")
    names = {PAST, f"{STEPS}, {EXACT.name}", f"{PAST}, {EXACT.name}"}
    assert names <= set(found.numbers)
    assert all(np.isfinite(found.numbers[name]).all() for name in names)
    assert f"{STEPS}, {FROZEN.name}" not in found.numbers


def _draw(frozen: float, exact: float, sparse: float) -> Draw:
    errors = {FROZEN: frozen, EXACT: exact, SPARSE: sparse}
    return Draw("made up", {}, {one.name: np.full(2, error) for one, error in errors.items()})


@pytest.mark.parametrize(
    ("frozen", "exact", "sparse", "holds"),
    [
        (1.0, 0.2, 0.25, True),
        (1.0, 0.2, 0.35, False),
        (1.0, 0.95, 0.99, True),
        (1.0, 0.95, 1.2, False),
    ],
)
def test_a7_asks_for_nine_tenths(frozen: float, exact: float, sparse: float, holds: bool) -> None:
    (universe,) = A7.universes
    assert universe.holds(_draw(frozen, exact, sparse)) is holds
