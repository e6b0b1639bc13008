"""How a protocol of the sine is run: what each of its factors does."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from papers.multiverse.factors import (
    PLASTIC,
    PRE_RATE,
    PRETRAINING,
    RATE,
    READOUT,
    SAMPLES,
    SCORE,
    SIZE,
    WINDOW,
)
from papers.multiverse.jacobian import CONDITION, DIAGONAL, NORMS, SQUARES, at_the_shift
from papers.multiverse.network import follow, start
from papers.multiverse.space import Protocol
from papers.multiverse.worlds.sine import HORIZON, SCALE, SHIFTED, SineWorld
from papers.setting import FROZEN, Method
from papers.tasks.base import Phase

WORLD = SineWorld(factor=4, seeds=1)
ADAM = Method("immediate", "adam")


def protocol(**changes: object) -> Protocol:
    """Of a short run, in which everything learns fast."""
    usual = {
        PRETRAINING: "immediate",
        PRE_RATE: 3e-3,
        SAMPLES: 1500,
        WINDOW: 300,
        RATE: 1e-2,
        PLASTIC: "all",
        SIZE: 32,
    }
    return {**WORLD.space.point({**usual, SCORE: "whole window"}), **changes}


def test_inputs_are_scaled_and_labels_lie_ahead() -> None:
    plain, wide = (WORLD.stretches(protocol(**{SCALE: by, HORIZON: 5}), 0) for by in (1.0, 2.0))
    for one, two in zip(plain, wide, strict=True):
        np.testing.assert_array_equal(2 * one.x, two.x)
        np.testing.assert_array_equal(one.y, two.y)
        np.testing.assert_array_equal(one.y[:-5], one.x[5:])
    # Where a stretch ends the next one goes on.
    np.testing.assert_array_equal(plain.after.y[-5:], plain.later.x[:5])


@pytest.mark.parametrize("shifted", [0.06, 0.1])
def test_the_shift_is_that_of_the_protocol(shifted: float) -> None:
    met = WORLD.stretches(protocol(**{SHIFTED: shifted}), 0)
    for phase, frequency in ((met.before, 0.05), (met.after, shifted), (met.later, shifted)):
        x = phase.x[:, 0].astype(np.float64)
        # A sine is twice its neighbours' cosine.
        expected = 2 * np.cos(2 * np.pi * frequency) * x[1:-1]
        np.testing.assert_allclose(x[2:] + x[:-2], expected, atol=1e-4)


@pytest.mark.parametrize(
    ("score", "rows"),
    [
        ("whole window", slice(0, 100)),
        ("first third", slice(0, 33)),
        ("last third", slice(67, 100)),
    ],
)
def test_the_part_that_is_scored(score: str, rows: slice) -> None:
    found = protocol(**{SCORE: score})
    met = WORLD.stretches(found, 0)
    shape = WORLD.shape(found, met)
    network, trained = WORLD.pretrained(found, shape, met, 0)
    assert trained and len(met.after.y) == 100
    _, predicted = follow(shape, ADAM, network, (1e-2, 1e-2), met.after)
    _, error = WORLD.scored(found, shape, ADAM, network, met)
    expected = np.mean((predicted[rows].astype(np.float64) - met.after.y[rows]) ** 2)
    assert error == pytest.approx(expected, rel=1e-6)


def test_what_was_learnt_is_frozen_where_it_is_scored_afterwards() -> None:
    found = protocol(**{SCORE: "frozen afterwards"})
    met = WORLD.stretches(found, 0)
    shape = WORLD.shape(found, met)
    network, _ = WORLD.pretrained(found, shape, met, 0)
    end, error = WORLD.scored(found, shape, ADAM, network, met)
    errors = {}
    for method, rates in ((FROZEN, (0.0, 0.0)), (ADAM, (1e-2, 1e-2))):
        _, predicted = follow(shape, method, end, rates, met.later)
        errors[method] = np.mean((predicted.astype(np.float64) - met.later.y) ** 2)
    assert error == pytest.approx(errors[FROZEN], rel=1e-6)
    assert abs(errors[ADAM] - errors[FROZEN]) > 0.01 * errors[FROZEN]


def test_a_pre_training_that_learns_nothing_ends_the_draw() -> None:
    """A readout that stays zero says 0, and the mean of the labels is better."""
    draw = WORLD.measure(protocol(**{PRE_RATE: 0.0, READOUT: "zero"}), "idle")
    assert draw.hopeless.startswith("seed 0:") and not draw.errors


def test_a_network_goes_on_from_the_state_that_it_has_reached() -> None:
    met = WORLD.stretches(protocol(), 0)
    shape = WORLD.shape(protocol(), met)
    network, _ = WORLD.pretrained(protocol(), shape, met, 0)
    both = Phase(*map(np.concatenate, zip(met.after, met.later, strict=True)))
    _, whole = follow(shape, FROZEN, network, (0.0, 0.0), both)
    middle, _ = follow(shape, FROZEN, network, (0.0, 0.0), met.after)
    _, rest = follow(shape, FROZEN, middle, (0.0, 0.0), met.later)
    np.testing.assert_array_equal(rest, whole[len(met.after.y) :])


def test_numbers_at_the_shift_are_those_of_the_jacobian_and_the_gradients() -> None:
    """With weights of .3 on the diagonal and inputs near zero J is .3 times the identity. Squares
    per parameter are the squared ratio of the groups' norms, times the units: n² and n weights."""
    met = WORLD.stretches(protocol(**{SCALE: 0.01}), 0)
    shape = WORLD.shape(protocol(), met)
    fresh = start(shape, "uniform", "small", "uniform", 0)
    cell = fresh.parameters["cell"]
    diagonal = 0.3 * jnp.eye(shape.size, dtype=cell.recurrent.dtype)
    cell = eqx.tree_at(lambda cell: cell.recurrent, cell, diagonal)
    network = fresh._replace(parameters={**fresh.parameters, "cell": cell})
    found = at_the_shift(shape, network, met.after)
    assert found[CONDITION] == pytest.approx(1, abs=1e-3)
    assert found[DIAGONAL] == pytest.approx(0.3, abs=1e-3)
    assert found[SQUARES] == pytest.approx(shape.size * found[NORMS] ** 2, rel=1e-5)
