"""Classes by the labels of like samples, against loops in NumPy in float64."""

from functools import partial

import jax.numpy as jnp
import numpy as np
import pytest

from onward import CrossEntropy, KernelClassifier, Squared
from onward.readouts import AbstractReadout

from .like_samples import (
    EMITTED,
    INPUTS,
    WINDOW,
    Dense,
    Rows,
    assert_to_the_bit,
    drawn,
    followed,
    one_step,
)

CLASSES, ROWS = 3, 120
LOSS = CrossEntropy(CLASSES)
make = partial(KernelClassifier, EMITTED, CLASSES, direct=INPUTS, window=WINDOW)


def problem(rows: int = ROWS, seed: int = 0) -> Rows:
    """Classes that one input tells, in part."""
    random = np.random.default_rng(seed + 100)
    seen = drawn(rows, np.zeros((rows, 1)), seed=seed)
    told = np.digitize(seen.x[:, 1] + 0.3 * random.normal(size=rows), [-0.5, 0.5])
    return seen._replace(y=told[:, None].astype(float))


class Classes(Dense):
    def output(self, features, learnt=None):
        counted = self.counted(features, learnt)
        total = sum(count for count, _ in counted) + 0.1
        mass = [sum(count for count, its in counted if its == c) for c in range(CLASSES)]
        return np.log(np.array([(each + 0.1 / CLASSES) / total for each in mass]))


def by_definition(rows: Rows):
    dense, told = Classes(), []
    for emitted, x, y, _, weight in zip(*rows, strict=True):
        features, label = np.concatenate([emitted, x]), int(y[0])
        output = dense.output(features)

        def cost(learnt, features=features, label=label):
            o = dense.output(features, learnt)
            return np.log(np.sum(np.exp(o))) - o[label]

        if weight > 0:
            dense.learn(features, weight, cost, label)
        told.append((output, dense.learnt[:-1], dense.learnt[-1]))
    return [np.stack(part) for part in zip(*told, strict=True)]


def test_outputs_scales_and_recency_are_as_defined() -> None:
    rows = problem()
    _, _, found = followed(make(), rows, LOSS)
    for one, other in zip(found, by_definition(rows), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)
    # The control: the scales have moved, and the window has been filled several times.
    assert np.ptp(found.scales, axis=0).min() > 1e-2 and np.ptp(found.recency) > 1e-2
    assert (rows.weights > 0).sum() > 3 * WINDOW


def test_outputs_are_logarithms_of_probabilities() -> None:
    _, _, found = followed(make(), problem(), LOSS)
    np.testing.assert_allclose(np.exp(found.outputs).sum(1), 1, rtol=1e-12)


def test_before_any_label_all_classes_are_alike() -> None:
    output = make()(jnp.ones(EMITTED), jnp.full(INPUTS, 1e3))
    np.testing.assert_allclose(np.exp(output), 1 / CLASSES, rtol=1e-12)


def test_a_first_label_takes_all_but_what_is_unsure() -> None:
    readout = make()
    rows = problem()
    readout, _ = one_step(readout, readout.init_learning(), rows, 0, LOSS, weights=1.0)
    chance = np.exp(readout(jnp.asarray(rows.emitted[0]), jnp.asarray(rows.x[0])))
    expected = np.full(CLASSES, 0.1 / CLASSES)
    expected[int(rows.y[0, 0])] += 1
    np.testing.assert_allclose(chance, expected / 1.1, rtol=1e-12)


def test_labels_are_kept_encoded_beside_their_samples() -> None:
    rows = problem()._replace(weights=np.ones(ROWS))
    readout, _, _ = followed(make(), rows, LOSS)
    order = np.argsort(-readout.window.ages)
    np.testing.assert_array_equal(readout.window.inputs[EMITTED:, order].T, rows.x[-WINDOW:])
    np.testing.assert_array_equal(readout.labels[:, order].argmax(0), rows.y[-WINDOW:, 0])
    np.testing.assert_array_equal(readout.labels.sum(0), 1)


@pytest.mark.parametrize("known", [True, False])
def test_weight_zero_changes_nothing_to_the_bit(known) -> None:
    rows = problem()
    before = followed(make(), rows, LOSS)[:2]
    changes = {"weights": 0.0, "known": np.array([known])}
    assert_to_the_bit(one_step(*before, rows, 3, LOSS, **changes), before)
    # The control: at another weight it does.
    with pytest.raises(AssertionError):
        assert_to_the_bit(one_step(*before, rows, 3, LOSS, weights=0.5), before)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_at_weight_zero_what_is_emitted_may_be_no_number(bad) -> None:
    rows = problem()
    before = followed(make(), rows, LOSS)[:2]
    changes = {"weights": 0.0, "emitted": np.full(EMITTED, bad)}
    assert_to_the_bit(one_step(*before, rows, 3, LOSS, **changes), before)


def test_without_a_direct_path_it_compares_what_is_emitted() -> None:
    readout = KernelClassifier(EMITTED, CLASSES, window=WINDOW)
    rows = problem()
    found = followed(readout, rows, LOSS)[2]
    other = followed(readout, rows._replace(x=rows.x + 9), LOSS)[2]
    assert found.scales.shape == (ROWS, EMITTED)
    np.testing.assert_array_equal(found.outputs, other.outputs)


def test_it_learns_itself_in_place_and_is_made_as_others_are() -> None:
    readout = KernelClassifier(4, 3, direct=2, dtype="float32")
    assert isinstance(readout, AbstractReadout)
    assert readout.learns_itself and readout.learns_in_place and readout.window.samples == 1000
    found = (readout.window.inputs, readout.labels, readout.window.recency)
    assert [leaf.dtype for leaf in found] == ["float32"] * 3
    assert readout.persistent(np.eye(3)) is readout


def test_a_loss_of_numbers_is_refused() -> None:
    readout = make()
    message = (
        r"^Expected a loss of classes; got Squared\(\)\. Try readout=onward\.KernelRegressor\."
    )
    with pytest.raises(ValueError, match=message):
        one_step(readout, readout.init_learning(), problem(), 0, Squared())


@pytest.mark.parametrize("window", [0, -3, 2.0, True])
def test_wrong_windows_are_refused(untyped, window) -> None:
    with pytest.raises(ValueError, match=r"^Expected window to be a positive integer; got .* Try"):
        KernelClassifier(2, 2, window=window)


@pytest.mark.parametrize("name", ["features", "outputs", "direct"])
def test_wrong_sizes_are_refused(untyped, name) -> None:
    with pytest.raises(ValueError, match=rf"^Expected {name} to be a positive integer; got -1\."):
        KernelClassifier(**{"features": 2, "outputs": 2, name: -1})
