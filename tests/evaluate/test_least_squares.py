"""Recursive least squares and its logistic form against closed forms and direct minimisation."""

import numpy as np
import pytest

from onward.evaluate.baselines.least_squares import (
    PRIOR,
    RecursiveLeastSquares,
    proximal_softmax,
    softmax,
)

WIDTH, OUTPUTS, ROWS = 5, 2, 300


def rows(seed=0, missing=0.0):
    random = np.random.default_rng(seed)
    x = np.concatenate([random.normal(size=(ROWS, WIDTH - 1)), np.ones((ROWS, 1))], axis=1)
    y = x @ random.normal(size=(WIDTH, OUTPUTS)) + random.normal(size=(ROWS, OUTPUTS))
    y[random.random(y.shape) < missing] = np.nan
    return x, y


def learnt(x, y, variances, width=WIDTH):
    model = RecursiveLeastSquares(width, y.shape[1], classes=False)
    for features, label in zip(x, y, strict=True):
        model.learn(features, label, np.isfinite(label), variances)
    return model


def renewed(count, width):
    """The weights whose prior is filled up before the row after `count`."""
    return range(width) if count & (count - 1) == 0 else [count % width]


def by_definition(x, y, variances, forgetting):
    """The same with the information matrix itself, inverted at every row."""
    information, prior = np.diag(PRIOR * variances), PRIOR * variances
    weights = np.zeros((y.shape[1], x.shape[1]))
    for count, (features, label) in enumerate(zip(x, y, strict=True)):
        for place in renewed(count, len(variances)):
            information[place, place] += PRIOR * variances[place] - prior[place]
            prior[place] = PRIOR * variances[place]
        information = forgetting * information + np.outer(features, features)
        prior = forgetting * prior
        error = np.where(np.isfinite(label), label - weights @ features, 0.0)
        weights = weights + np.outer(error, np.linalg.solve(information, features))
    return weights


def test_it_is_least_squares_with_forgetting_and_a_prior_that_is_kept():
    x, y = rows(missing=0.2)
    variances = np.array([1.0, 4.0, 0.1, 1.0, 1.0])
    model = learnt(x, y, variances)
    assert model.forgetting == 0.999
    expected = by_definition(x, y, variances, model.forgetting)
    np.testing.assert_allclose(model.weights, expected, rtol=1e-10)
    # The control: another forgetting is another solution.
    other = by_definition(x, y, variances, 0.99)
    assert np.abs(model.weights - other).max() > 1e-3


def test_where_the_prior_is_weak_it_is_weighted_least_squares_in_closed_form():
    x, y = rows()
    model = learnt(x, y, np.full(WIDTH, 1e-9))
    age = model.forgetting ** np.arange(ROWS)[::-1, None]
    expected = np.linalg.solve((age * x).T @ x, (age * x).T @ y).T
    np.testing.assert_allclose(model.weights, expected, rtol=1e-8)


def test_a_missing_target_leaves_its_weights_to_the_bit():
    x, y = rows()
    model = learnt(x, y, np.ones(WIDTH))
    before = model.weights.copy()
    model.learn(x[0], np.array([np.nan, 5.0]), np.array([False, True]), np.ones(WIDTH))
    np.testing.assert_array_equal(model.weights[0], before[0])
    assert np.all(model.weights[1] != before[1])


def test_features_in_other_units_give_the_same_predictions():
    x, y = rows()
    units = np.array([1e-6, 1.0, 1e9, 50.0, 1.0])
    plain = learnt(x, y, np.ones(WIDTH)).weights
    scaled = learnt(x * units, y, units**2).weights
    np.testing.assert_allclose(scaled * units, plain, rtol=1e-9)


def test_a_feature_that_has_not_varied_is_left_out():
    x, y = rows()
    variances = np.ones(WIDTH)
    variances[1] = 0.0
    model = learnt(x, y, variances)
    assert np.all(model.weights[:, 1] == 0)
    rest = [0, 2, 3, 4]
    expected = by_definition(x[:, rest], y, np.ones(4), model.forgetting)
    # Only the turns at which priors are renewed differ.
    np.testing.assert_allclose(model.weights[:, rest], expected, rtol=1e-3)


@pytest.mark.parametrize("classes", [2, 3, 7])
@pytest.mark.parametrize("spread", [1e-6, 0.1, 3.0, 1e6])
def test_the_logistic_step_arrives_where_its_slope_is_taken(classes, spread):
    random = np.random.default_rng(classes)
    for size in (0.1, 3.0, 60.0):
        output = size * random.normal(size=classes)
        label = np.eye(classes)[int(output.argmin())]
        step, curvature = proximal_softmax(output, label, spread)
        reached = softmax(output + spread * step)
        # What is lost in the step comes back `spread` times as large.
        np.testing.assert_allclose(step, label - reached, atol=1e-9 * max(1, spread))
        hessian = np.diag(reached) - np.outer(reached, reached)
        mean = np.linalg.eigvalsh(hessian).sum() / (classes - 1)
        assert curvature == pytest.approx(mean, abs=1e-9 * max(1, spread))


def test_the_logistic_form_reaches_the_loss_of_a_batch_fit_and_follows_a_switch():
    random = np.random.default_rng(0)
    x = np.concatenate([random.normal(size=(4000, 4)), np.ones((4000, 1))], axis=1)
    truth = np.array([1.0, -2.0, 0.5, 0.0, 0.3])
    chance = 1 / (1 + np.exp(-(x @ truth)))
    y = (random.random(4000) < chance).astype(int)
    model = RecursiveLeastSquares(5, 2, classes=True)
    losses = []
    for row in range(8000):
        features, label = x[row % 4000], y[row % 4000]
        # From row 4000 on the classes have changed places.
        label = label if row < 4000 else 1 - label
        losses.append(-np.log(softmax(model.weights @ features)[label]))
        model.learn(features, np.eye(2)[label], np.ones(2, bool), np.ones(5))
    best = -np.mean(np.log(np.where(y == 1, chance, 1 - chance)))
    assert np.mean(losses[1000:4000]) < 1.03 * best
    assert np.mean(losses[4000:4300]) > 1.5 * best
    assert np.mean(losses[7000:]) < 1.05 * best


def test_above_the_widest_it_keeps_a_rate_a_weight_and_still_learns():
    random = np.random.default_rng(0)
    x = random.normal(size=(3000, 300))
    y = x[:, :3] @ np.array([[1.0], [-1.0], [2.0]])
    model = RecursiveLeastSquares(300, 1, classes=False)
    assert not model.full and model.forgetting == 1 - 1 / 3000
    errors = []
    for features, label in zip(x, y, strict=True):
        errors.append(label - model.weights @ features)
        model.learn(features, label, np.ones(1, bool), np.ones(300))
    assert np.mean(np.square(errors[2500:])) < 0.05 * y.var()
