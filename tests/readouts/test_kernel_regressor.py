"""A line and what it left over of like samples, against loops in NumPy in float64."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward import Absolute, CrossEntropy, Huber, KernelRegressor, Poisson, Squared
from onward.losses import AbstractLoss
from onward.readouts import AbstractReadout

from .like_samples import (
    EMITTED,
    INPUTS,
    WIDTH,
    WINDOW,
    Dense,
    Rows,
    assert_to_the_bit,
    drawn,
    followed,
    one_step,
)

TARGETS, ROWS = 2, 120
LOSS = Squared()
make = partial(KernelRegressor, EMITTED, TARGETS, direct=INPUTS, window=WINDOW)


def problem(rows: int = ROWS, seed: int = 0, missing: float = 0.3) -> Rows:
    """A line and a wave over it; some targets are missing, and at weight 0 all may be."""
    random = np.random.default_rng(seed + 100)
    seen = drawn(rows, np.zeros((rows, TARGETS)), seed=seed)
    y = seen.x + np.sin(3 * seen.emitted) + 0.1 * random.normal(size=(rows, TARGETS))
    known = random.random((rows, TARGETS)) >= missing
    known[(seen.weights > 0) & ~known.any(axis=1), 0] = True
    return seen._replace(y=y, known=known)


class Numbers(Dense):
    """With a line by the information matrix itself, inverted at every label."""

    def __init__(self, forgetting: float):
        super().__init__()
        self.information, self.line = np.eye(WIDTH + 1), np.zeros((TARGETS, WIDTH + 1))
        self.forgetting, self.place = forgetting, 0

    def output(self, features, learnt=None):
        output = self.line @ np.append(features, 1) + 0j
        for target in range(TARGETS):
            counted = [
                (count, its[target])
                for count, its in self.counted(features, learnt)
                if not np.isnan(its[target])
            ]
            total = sum(count for count, _ in counted) + 0.1
            output[target] += sum(count * missed for count, missed in counted) / total
        return output

    def learn_line(self, features, error, weight):
        """By a label's error, NaN where it is missing."""
        extended, age = np.append(features, 1), self.forgetting**weight
        self.information = age * self.information + weight * np.outer(extended, extended)
        gain = np.linalg.solve(self.information, extended)
        self.line = self.line + weight * np.outer(np.nan_to_num(error), gain)
        if age < 1:
            self.information[self.place, self.place] += (1 - age) * (WIDTH + 1)
            self.place = (self.place + 1) % (WIDTH + 1)


def by_definition(rows: Rows, forgetting: float):
    dense, told = Numbers(forgetting), []
    for emitted, x, y, known, weight in zip(*rows, strict=True):
        features = np.concatenate([emitted, x])
        output = dense.output(features).real

        def cost(learnt, features=features, y=y, known=known):
            return 0.5 * np.sum((dense.output(features, learnt) - y)[known] ** 2)

        if weight > 0:
            error = np.where(known, y - dense.line @ np.append(features, 1), np.nan)
            dense.learn(features, weight, cost, error)
            dense.learn_line(features, error, weight)
        told.append((output, dense.learnt[:-1], dense.learnt[-1]))
    return [np.stack(part) for part in zip(*told, strict=True)]


@pytest.mark.parametrize("forgetting", [left(1.0), 0.99])
def test_outputs_scales_and_recency_are_as_defined(forgetting) -> None:
    rows = problem()
    _, _, found = followed(make(forgetting=forgetting), rows, LOSS)
    for one, other in zip(found, by_definition(rows, forgetting), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)
    # The control: the scales have moved, and targets are missing where there is something to learn.
    assert np.ptp(found.scales, axis=0).min() > 1e-2 and np.ptp(found.recency) > 1e-2
    assert not rows.known[rows.weights > 0].all() and not rows.known.any(axis=1).all()


def test_it_forgets_as_it_says() -> None:
    """The control of what is above: another forgetting of the line is another output."""
    rows = problem()
    made = make(), make(forgetting=0.999)
    outputs = [followed(readout, rows, LOSS)[2].outputs for readout in made]
    np.testing.assert_array_equal(*outputs)
    other = followed(make(forgetting=0.99), rows, LOSS)[2].outputs
    assert np.abs(other - outputs[0]).max() > 1e-3


@pytest.mark.parametrize("repeating", [False, True])
def test_before_any_label_it_is_the_line(repeating) -> None:
    readout = make().persistent(np.eye(TARGETS)) if repeating else make()
    x = jnp.asarray([3.0, -2.0])
    np.testing.assert_array_equal(readout(jnp.ones(EMITTED), x), x if repeating else 0 * x)


def test_what_the_line_repeats_is_not_left_over() -> None:
    rows = problem(missing=0.0)
    rows = rows._replace(y=rows.x.copy(), weights=np.ones(ROWS))
    readout, _, told = followed(make().persistent(np.eye(TARGETS)), rows, LOSS)
    np.testing.assert_array_equal(told.outputs, rows.x)
    assert not readout.missed[0].any() and readout.missed[1].all()


def test_a_target_that_never_came_has_no_mass_and_stands_at_the_line() -> None:
    rows = problem()
    rows.known[:] = [True, False]
    rows.y[:, 1] = np.nan
    readout, _, told = followed(make(), rows, LOSS)
    assert not readout.missed[:, 1].any() and np.isfinite(told.outputs).all()
    np.testing.assert_array_equal(told.outputs[:, 1], 0)
    assert np.ptp(told.outputs[:, 0]) > 1


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("loss", [Squared(), left(Huber()), Absolute(), left(Poisson())])
def test_weight_zero_changes_nothing_to_the_bit(loss, known) -> None:
    rows = problem()
    before = followed(make(), rows, LOSS)[:2]
    changes = {"weights": 0.0, "known": np.full(TARGETS, known)}
    assert_to_the_bit(one_step(*before, rows, 3, loss, **changes), before)
    # The control: at another weight it does.
    changes = {"weights": 0.5, "known": np.array([True, False])}
    with pytest.raises(AssertionError):
        assert_to_the_bit(one_step(*before, rows, 3, loss, **changes), before)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("part", ["emitted", "y"])
def test_at_weight_zero_what_is_handed_over_may_be_no_number(part, bad) -> None:
    rows = problem()
    before = followed(make(), rows, LOSS)[:2]
    changes = {"weights": 0.0, part: np.full(2, bad)}
    assert_to_the_bit(one_step(*before, rows, 3, LOSS, **changes), before)


@pytest.mark.parametrize("loss", [Huber(0.5), left(Absolute())])
def test_whatever_the_loss_it_follows_a_wave_that_the_line_does_not(loss) -> None:
    random = np.random.default_rng(0)
    rows = drawn(400, np.zeros((400, TARGETS)))
    x = random.uniform(-2, 2, size=(400, INPUTS))
    rows = rows._replace(x=x, y=np.abs(2 * x), weights=np.ones(400), emitted=0 * x)
    readout = make(window=200)
    outputs = followed(readout, rows, loss)[2].outputs[200:]
    line = followed(make(window=1), rows, loss)[2].outputs[200:]
    errors = [np.abs(one - rows.y[200:]).mean() for one in (outputs, line)]
    assert errors[0] < 0.6 * errors[1]


def test_it_learns_itself_in_place_and_is_made_as_others_are() -> None:
    readout = KernelRegressor(4, 3, direct=2, dtype="float32")
    assert isinstance(readout, AbstractReadout)
    assert readout.learns_itself and readout.learns_in_place and readout.window.samples == 1000
    assert {leaf.dtype for leaf in jax.tree.leaves(readout)} == {jnp.dtype("float32")}
    assert readout.line.forgetting == 0.999


def test_a_loss_of_classes_is_refused() -> None:
    readout, rows = make(), problem()
    message = (
        r"^Expected a loss of numbers; got CrossEnt.*\. Try readout=onward\.KernelClassifier\."
    )
    with pytest.raises(ValueError, match=message):
        one_step(readout, readout.init_learning(), rows, 0, CrossEntropy(TARGETS))


class Pairs(AbstractLoss):
    """One output for two targets."""

    def outputs(self, targets):
        return 1

    def per_target(self, output, label):
        return (output[0] - label) ** 2


def test_a_loss_whose_outputs_are_not_its_targets_is_refused() -> None:
    readout = KernelRegressor(EMITTED, 1, direct=INPUTS, window=WINDOW)
    message = r"^Expected CrossEntropy, or a loss with one output a target; got .* Try .*Linear\.$"
    with pytest.raises(ValueError, match=message):
        readout.learn(
            readout.init_learning(),
            jnp.ones(EMITTED),
            jnp.ones(INPUTS),
            jnp.ones(2),
            jnp.ones(2, bool),
            jnp.ones(()),
            Pairs(),
        )


@pytest.mark.parametrize("window", [0, True])
def test_wrong_windows_are_refused(untyped, window) -> None:
    with pytest.raises(ValueError, match=r"^Expected window to be a positive integer; got .* Try"):
        KernelRegressor(2, 2, window=window)


def test_wrong_settings_of_the_line_are_refused(untyped) -> None:
    with pytest.raises(ValueError, match=r"^Expected 0 < forgetting <= 1; got 1\.1\. Try"):
        KernelRegressor(2, 2, forgetting=1.1)
    with pytest.raises(ValueError, match=r"^Expected direct to be a positive integer; got -1\."):
        KernelRegressor(2, 2, direct=-1)
