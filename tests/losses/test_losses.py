"""Losses: their values, their slopes, and what they make of missing labels."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward import Absolute, CrossEntropy, Huber, Poisson, Squared
from oracles import jit

KNOWN = np.array([True, True, True])
OUTPUT, LABEL = np.array([0.3, -1.2, 2.5]), np.array([0.9, 1.0, 2.0])
ERROR = OUTPUT - LABEL


def softmax(output: np.ndarray) -> np.ndarray:
    return np.exp(output) / np.exp(output).sum()


CASES = {
    "squared": (Squared(), LABEL, 0.5 * (ERROR**2).sum()),
    "absolute": (Absolute(), LABEL, np.abs(ERROR).sum()),
    "Huber": (Huber(), LABEL, 0.5 * 0.36 + (2.2 - 0.5) + 0.5 * 0.25),
    "narrow Huber": (Huber(0.4), LABEL, sum(0.4 * (e - 0.2) for e in np.abs(ERROR))),
    "Poisson": (Poisson(), LABEL, (np.exp(OUTPUT) - LABEL * OUTPUT).sum()),
    "first class": (CrossEntropy(3), np.array([0.0]), -np.log(softmax(OUTPUT)[0])),
    "last class": (CrossEntropy(3), np.array([2.0]), -np.log(softmax(OUTPUT)[2])),
}


def cost(loss, output, label, known=None):
    known = np.isfinite(label) if known is None else known
    return jit(loss.__call__)(jnp.asarray(output), jnp.asarray(label), jnp.asarray(known))


@pytest.mark.parametrize(("loss", "label", "value"), CASES.values(), ids=CASES)
def test_the_value_is_that_of_the_formula(loss, label, value) -> None:
    found = cost(loss, OUTPUT, label)
    assert found.shape == ()
    np.testing.assert_allclose(found, value, rtol=1e-12)


@pytest.mark.parametrize(
    ("loss", "label", "value"),
    [
        (left if name in ("squared", "last class") else pytest.param)(*case, id=name)
        for name, case in CASES.items()
    ],
)
def test_the_slope_is_that_of_finite_differences(loss, label, value) -> None:
    known = jnp.ones(label.shape, bool)
    slope = jax.grad(lambda output: loss(output, jnp.asarray(label), known))(jnp.asarray(OUTPUT))
    moves = 1e-6 * np.eye(3)
    differences = [
        (cost(loss, OUTPUT + move, label) - cost(loss, OUTPUT - move, label)) / 2e-6
        for move in moves
    ]
    np.testing.assert_allclose(slope, differences, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("loss", [Squared(), Absolute(), Huber(), Poisson()], ids=str)
def test_a_missing_target_costs_nothing_and_pulls_at_nothing(loss) -> None:
    holed = np.where([True, False, True], LABEL, np.nan)
    known = jnp.asarray(np.isfinite(holed))
    value, slope = jax.value_and_grad(lambda out: loss(out, jnp.asarray(holed), known))(
        jnp.asarray(OUTPUT)
    )
    alone = cost(loss, OUTPUT[[0, 2]], LABEL[[0, 2]])
    np.testing.assert_allclose(value, alone, rtol=1e-12)
    assert slope[1] == 0
    assert np.isfinite(slope).all()
    assert slope[0] != 0


def test_a_missing_class_costs_nothing() -> None:
    loss = CrossEntropy(3)
    value, slope = jax.value_and_grad(
        lambda out: loss(out, jnp.array([jnp.nan]), jnp.array([False]))
    )(jnp.asarray(OUTPUT))
    assert value == 0
    assert not slope.any()


def test_links_turn_outputs_into_predictions() -> None:
    for loss in (Squared(), Absolute(), Huber()):
        np.testing.assert_array_equal(loss.link(jnp.asarray(OUTPUT)), OUTPUT)
    np.testing.assert_allclose(Poisson().link(jnp.asarray(OUTPUT)), np.exp(OUTPUT))
    np.testing.assert_allclose(CrossEntropy(3).link(jnp.asarray(OUTPUT)), softmax(OUTPUT))


def test_large_outputs_do_not_overflow_a_softmax() -> None:
    output = np.array([1e4, -1e4, 0.0])
    assert cost(CrossEntropy(3), output, np.array([0.0])) == 0
    np.testing.assert_allclose(cost(CrossEntropy(3), output, np.array([2.0])), 1e4)


def test_a_class_is_one_of_as_many_outputs() -> None:
    loss = CrossEntropy(4)
    assert loss.outputs(1) == 4
    assert Squared().outputs(3) == 3
    np.testing.assert_array_equal(loss.encode(jnp.array([2.0])), [0, 0, 1, 0])
    for label, admitted in ((0.0, True), (3.0, True), (4.0, False), (-1.0, False), (np.nan, False)):
        assert loss.admits(jnp.array([label])) == admitted
    np.testing.assert_array_equal(Squared().admits(jnp.array([-1.0, 1e9])), [True, True])


def test_only_real_targets_are_scaled() -> None:
    assert Squared.scaled and Absolute.scaled and Huber.scaled
    assert not Poisson.scaled and not CrossEntropy.scaled


def test_wrong_settings_are_refused(untyped) -> None:
    for classes in (1, 0, -2, True, 2.0):
        with pytest.raises(ValueError, match=r"^Expected at least 2 classes; got .*Try classes=2"):
            CrossEntropy(classes)
    for threshold in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match=r"^Expected threshold > 0; got .*Try threshold=1"):
            Huber(threshold)
    with pytest.raises(ValueError, match=r"^Expected one target, the class; got 3 targets\. Try"):
        CrossEntropy(2).outputs(3)
