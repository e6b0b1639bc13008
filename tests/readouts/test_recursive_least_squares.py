"""Recursive least squares as a readout, against closed forms and a dense recursion in float64."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward import CrossEntropy, Huber, Linear, Poisson, RecursiveLeastSquares, Squared
from onward.learning.one_kernel import fits
from onward.losses import AbstractLoss
from onward.readouts import AbstractReadout

EMITTED, INPUTS, OUTPUTS = 3, 2, 2
WIDTH = EMITTED + INPUTS + 1
ONE = jnp.ones(())


def problem(rows=60, seed=0, missing=0.0):
    """What is emitted, inputs, targets, and which of those are known (one at least)."""
    random = np.random.default_rng(seed)
    emitted, x = random.normal(size=(rows, EMITTED)), random.normal(size=(rows, INPUTS))
    truth = random.normal(size=(OUTPUTS, WIDTH))
    y = features_of(emitted, x) @ truth.T + 0.5 * random.normal(size=(rows, OUTPUTS))
    known = random.random((rows, OUTPUTS)) >= missing
    known[~known.any(axis=1), 0] = True
    return emitted, x, y, known


def features_of(emitted, x):
    return np.concatenate([emitted, x, np.ones((len(x), 1))], axis=1)


def weights_of(readout):
    linear = readout.map
    direct = [] if linear.direct is None else [linear.direct]
    return np.concatenate([linear.weight, *direct, linear.bias[:, None]], axis=1)


@eqx.filter_jit
def learnt(readout, emitted, x, y, known, weights, loss):
    """The readout and its memory after all rows, in one scan."""
    fixed = eqx.partition(readout, eqx.is_array)[1]

    def step(carry, row):
        arrays, learning = carry
        now = eqx.combine(arrays, fixed)
        now, learning = now.learn(learning, *row, loss)
        return (eqx.partition(now, eqx.is_array)[0], learning), None

    start = (eqx.partition(readout, eqx.is_array)[0], readout.init_learning())
    (arrays, learning), _ = jax.lax.scan(step, start, (emitted, x, y, known, weights))
    return eqx.combine(arrays, fixed), learning


def trained(rows, loss=None, weights=None, **settings):
    emitted, x, y, known = rows
    readout = RecursiveLeastSquares(EMITTED, y.shape[1], direct=INPUTS, **settings)
    weights = np.ones(len(x)) if weights is None else weights
    return learnt(readout, emitted, x, y, known, weights, loss or Squared())


def by_definition(rows, weights, forgetting, regularisation):
    """The same with the information matrix itself, inverted at every row."""
    emitted, x, y, known = rows
    information, solution = regularisation * np.eye(WIDTH), np.zeros((OUTPUTS, WIDTH))
    place = 0
    for row, features in enumerate(features_of(emitted, x)):
        age = forgetting ** weights[row]
        information = age * information + weights[row] * np.outer(features, features)
        error = np.where(known[row], y[row] - solution @ features, 0)
        solution += weights[row] * np.outer(error, np.linalg.solve(information, features))
        if age < 1:
            information[place, place] += (1 - age) * WIDTH * regularisation
            place = (place + 1) % WIDTH
    return solution, information


def test_without_forgetting_it_is_ridge_regression_in_closed_form():
    rows = problem()
    readout, learning = trained(rows, forgetting=1.0, regularisation=2.0)
    features = features_of(*rows[:2])
    information = 2.0 * np.eye(WIDTH) + features.T @ features
    expected = np.linalg.solve(information, features.T @ rows[2]).T
    np.testing.assert_allclose(weights_of(readout), expected, rtol=1e-10)
    root = np.asarray(learning.root)
    np.testing.assert_allclose(root @ root.T, np.linalg.inv(information), rtol=1e-9, atol=1e-14)


def test_where_the_prior_is_weak_it_is_weighted_least_squares_in_closed_form():
    rows = problem()
    readout, _ = trained(rows, forgetting=0.95, regularisation=1e-9)
    features, age = features_of(*rows[:2]), 0.95 ** np.arange(60)[::-1, None]
    expected = np.linalg.solve((age * features).T @ features, (age * features).T @ rows[2]).T
    np.testing.assert_allclose(weights_of(readout), expected, rtol=1e-7)
    # The control: another forgetting is another solution.
    other, _ = trained(rows, forgetting=0.96, regularisation=1e-9)
    assert np.abs(weights_of(other) - expected).max() > 1e-3


@pytest.mark.parametrize("forgetting", [left(1.0), 0.9])
def test_forgetting_weights_and_missing_targets_as_defined(forgetting):
    rows = problem(missing=0.3)
    weights = np.random.default_rng(1).choice([0.0, 0.5, 2.0], 60)
    settings = {"forgetting": forgetting, "regularisation": 3.0}
    readout, learning = trained(rows, weights=weights, **settings)
    expected, information = by_definition(rows, weights, **settings)
    np.testing.assert_allclose(weights_of(readout), expected, rtol=1e-9)
    root = np.asarray(learning.root)
    np.testing.assert_allclose(root @ root.T @ information, np.eye(WIDTH), atol=1e-9)
    without, _ = by_definition(rows, np.ones(60), **settings)
    assert np.abs(without - expected).max() > 1e-3


def test_a_label_of_any_weight_leaves_numbers():
    rows = [jnp.asarray(one) for one in problem()]
    rows = [one.astype(jnp.float32) if one.dtype != bool else one for one in rows]
    weights = np.where(np.arange(60) % 20 == 9, 1e6, 1.0).astype(np.float32)
    readout, learning = trained(rows, weights=weights, forgetting=0.9, dtype=np.float32)
    assert np.isfinite(weights_of(readout)).all() and np.isfinite(learning.root).all()


def one_step(readout, learning, row=0, known=(True, True), weight=1.0, loss=None):
    emitted, x, y, _ = problem(seed=5)
    return readout.learn(
        learning,
        jnp.asarray(emitted[row]),
        jnp.asarray(x[row]),
        jnp.asarray(y[row]),
        jnp.asarray(known),
        jnp.asarray(weight),
        loss or Squared(),
    )


def test_a_missing_target_leaves_its_weights_to_the_bit():
    readout, learning = trained(problem())
    after, _ = one_step(readout, learning, known=(False, True))
    np.testing.assert_array_equal(weights_of(after)[0], weights_of(readout)[0])
    assert (weights_of(after)[1] != weights_of(readout)[1]).all()


@pytest.mark.parametrize("loss", [Squared(), left(Huber()), Poisson()])
def test_weight_zero_changes_nothing_to_the_bit(loss):
    before = trained(problem())
    after = one_step(*before, weight=0.0, loss=loss)
    for old, new in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        np.testing.assert_array_equal(old, new)


def test_weight_two_is_the_sample_twice():
    before = trained(problem(), forgetting=1.0)
    twice = one_step(*one_step(*before))
    once = one_step(*before, weight=2.0)
    np.testing.assert_allclose(weights_of(once[0]), weights_of(twice[0]), rtol=1e-10)
    product = [np.asarray(each[1].root @ each[1].root.T) for each in (once, twice)]
    np.testing.assert_allclose(*product, rtol=1e-9, atol=1e-14)


def logistic(rows=4000):
    random = np.random.default_rng(0)
    emitted, x = random.normal(size=(rows, EMITTED)), random.normal(size=(rows, INPUTS))
    truth = np.array([1.0, -2.0, 0.5, 1.0, 0.0, 0.3])
    chance = 1 / (1 + np.exp(-features_of(emitted, x) @ truth))
    y = (random.random(rows) < chance).astype(float)[:, None]
    return emitted, x, y, np.ones((rows, 1), bool)


def batch_logistic(features, y):
    """Weights of the maximum likelihood, by Newton's method."""
    weights = np.zeros(features.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-features @ weights))
        bend = chance * (1 - chance)
        hessian = (bend[:, None] * features).T @ features
        weights += np.linalg.solve(hessian, features.T @ (y - chance))
    return weights


def cross_entropy(margins, y):
    return np.mean(np.logaddexp(0, margins) - y * margins)


def classifier(rows, start=None, **settings):
    emitted, x, y, known = rows
    readout = RecursiveLeastSquares(EMITTED, 2, direct=INPUTS, **settings)
    return learnt(readout, emitted, x, y, known, np.ones(len(x)), CrossEntropy(2))[0]


def margins_of(readout, rows):
    weights = weights_of(readout)
    return features_of(*rows[:2]) @ (weights[1] - weights[0])


def test_one_pass_of_classes_costs_what_a_batch_fit_does():
    rows = logistic()
    y = rows[2][:, 0]
    best = features_of(*rows[:2]) @ batch_logistic(features_of(*rows[:2]), y)
    one_pass = margins_of(classifier(rows, forgetting=1.0, regularisation=1.0), rows)
    assert cross_entropy(one_pass, y) < 1.001 * cross_entropy(best, y)
    # The control: of the first hundred samples alone.
    few = classifier(tuple(part[:100] for part in rows), forgetting=1.0, regularisation=1.0)
    assert cross_entropy(margins_of(few, rows), y) > 1.01 * cross_entropy(best, y)


def test_classes_that_change_places_are_followed():
    rows = logistic()
    emitted, x, y, known = rows
    switched = (*(np.tile(part, (2, 1)) for part in (emitted, x)), np.concatenate([y, 1 - y]))
    both = (*switched, np.tile(known, (2, 1)))
    best = cross_entropy(
        features_of(emitted, x) @ batch_logistic(features_of(emitted, x), y[:, 0]), y[:, 0]
    )
    forgetful = classifier(both, forgetting=0.998, regularisation=1.0)
    assert cross_entropy(margins_of(forgetful, rows), 1 - y[:, 0]) < 1.05 * best
    faithful = classifier(both, forgetting=1.0, regularisation=1.0)
    assert cross_entropy(margins_of(faithful, rows), 1 - y[:, 0]) > 1.1 * best


def long_run(rows, forgetting, chunk):
    """float32 weights, and P, after many samples with two inputs that never move."""
    readout = RecursiveLeastSquares(
        2, 1, direct=3, forgetting=forgetting, regularisation=1.0, dtype="float32"
    )
    fixed = eqx.partition(readout, eqx.is_array)[1]
    truth = jnp.asarray([1.0, -2.0, 0.5], jnp.float32)

    @jax.jit
    def run(carry, key):
        def step(carry, key):
            arrays, learning = carry
            seen = jax.random.normal(key, (4,), jnp.float32)
            x = jnp.concatenate([seen[2:3], jnp.zeros(2, jnp.float32)])
            y = jnp.dot(truth, jnp.concatenate([seen[:2], x[:1]])) + seen[3]
            now, learning = eqx.combine(arrays, fixed).learn(
                learning,
                seen[:2],
                x,
                y[None],
                jnp.ones(1, bool),
                jnp.ones((), jnp.float32),
                Squared(),
            )
            return (eqx.partition(now, eqx.is_array)[0], learning), None

        return jax.lax.scan(step, carry, jax.random.split(key, chunk))[0]

    carry = (eqx.partition(readout, eqx.is_array)[0], readout.init_learning())
    for seed in range(rows // chunk):
        carry = run(carry, jax.random.key(seed, impl="rbg"))
    root = np.asarray(carry[1].root, np.float64)
    return weights_of(eqx.combine(carry[0], fixed))[0], root @ root.T


def assert_sound(weights, inverse, forgetting):
    assert np.isfinite(weights).all() and np.isfinite(inverse).all()
    spectrum = np.linalg.eigvalsh(inverse)
    assert spectrum[0] > 0.3 * (1 - forgetting)
    # What is never excited keeps its prior, 1.
    np.testing.assert_allclose(spectrum[-2:], 1.0, atol=0.1)
    np.testing.assert_allclose(weights[:3], [1, -2, 0.5], atol=8 * (1 - forgetting) ** 0.5)
    np.testing.assert_array_equal(weights[3:5], 0)


@pytest.mark.parametrize("forgetting", [0.99, left(0.999)])
def test_it_stays_positive_definite_over_many_samples(forgetting):
    assert_sound(*long_run(300_000, forgetting, 100_000), forgetting)


@pytest.mark.long
@pytest.mark.parametrize("forgetting", [0.99, 0.999])
def test_it_stays_positive_definite_over_ten_million_samples(forgetting):
    assert_sound(*long_run(10_000_000, forgetting, 1_000_000), forgetting)


def test_it_learns_itself_from_a_contract_that_linear_does_not_use():
    readout = RecursiveLeastSquares(2, 1)
    assert isinstance(readout, AbstractReadout) and readout.learns_itself
    assert not Linear(2, 1).learns_itself and Linear(2, 1).init_learning() is None
    with pytest.raises(NotImplementedError, match=r"^Expected a readout that learns itself; got"):
        Linear(2, 1).learn(
            None, jnp.ones(2), jnp.ones(1), jnp.ones(1), jnp.ones(1, bool), ONE, Squared()
        )


def test_it_is_made_as_linear_is():
    make = partial(RecursiveLeastSquares, forgetting=0.99)
    readout = make(4, 2, direct=3, dtype="float32")
    emitted, x = jnp.ones(4, jnp.float32), jnp.arange(3, dtype="float32")
    np.testing.assert_array_equal(readout(emitted, x), [0, 0])
    np.testing.assert_array_equal(readout.persistent(np.eye(2))(emitted, x), [1, 2])
    assert [leaf.dtype for leaf in jax.tree.leaves(readout)] == [jnp.float32] * 3
    assert readout.init_learning().root.dtype == jnp.float32


def test_its_memory_keeps_its_shapes_and_fits_one_kernel():
    readout = RecursiveLeastSquares(4, 3, direct=3, dtype="float32")
    arrays, fixed = eqx.partition(readout, eqx.is_array)
    for loss, targets in ((Squared(), 3), (CrossEntropy(3), 1)):

        @jax.jit
        def step(arrays, learning, emitted, x, y, loss=loss):
            known = jnp.ones(y.shape, bool)
            now, learning = eqx.combine(arrays, fixed).learn(
                learning, emitted, x, y, known, jnp.ones((), y.dtype), loss
            )
            return eqx.partition(now, eqx.is_array)[0], learning

        sizes = (4, 3, targets)
        given = (arrays, readout.init_learning(), *(jnp.ones(n, jnp.float32) for n in sizes))
        after = jax.eval_shape(step, *given)
        assert jax.tree.map(lambda a: (a.shape, a.dtype), given[:2]) == jax.tree.map(
            lambda a: (a.shape, a.dtype), after
        )
        assert fits(step, *given) or jax.default_backend() != "cpu"


class Pairs(AbstractLoss):
    """One output for two targets."""

    def outputs(self, targets):
        return 1

    def per_target(self, output, label):
        return (output[0] - label) ** 2


def test_a_loss_whose_outputs_are_not_its_targets_is_refused():
    readout = RecursiveLeastSquares(2, 1)
    message = r"^Expected CrossEntropy, or a loss with one output a target; got .* Try .*Linear\.$"
    with pytest.raises(ValueError, match=message):
        readout.learn(
            readout.init_learning(),
            jnp.ones(2),
            jnp.ones(1),
            jnp.ones(2),
            jnp.ones(2, bool),
            ONE,
            Pairs(),
        )


@pytest.mark.parametrize("forgetting", [0.0, 1.1, float("nan"), "0.9"])
def test_forgetting_is_checked(forgetting, untyped):
    with pytest.raises(ValueError, match=r"^Expected 0 < forgetting <= 1; got .* Try forgetting="):
        RecursiveLeastSquares(2, 1, forgetting=forgetting)


@pytest.mark.parametrize("regularisation", [0.0, -1.0, float("inf")])
def test_regularisation_is_checked(regularisation, untyped):
    with pytest.raises(ValueError, match=r"^Expected regularisation > 0; got .* Try regularisa"):
        RecursiveLeastSquares(2, 1, regularisation=regularisation)
