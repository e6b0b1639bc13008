"""Laws that every baseline keeps, and the closed form of each."""

import numpy as np
import pytest

from onward.evaluate import LastLabel, OnlineLinear, RunningMean, standard_baselines
from onward.evaluate.baselines import online_linear
from onward.evaluate.baselines.linear_sklearn import SklearnLinear

ROWS, FEATURES = 45, 3
TASKS = {
    "one": ("regression", 1),
    "two": ("regression", 2),
    "binary": ("classification", 2),
    "classes": ("classification", 4),
}


class OnlineSklearn(OnlineLinear):
    """The fallback without river."""

    def __init__(self, task, features, outputs, horizon):
        super().__init__(task, features, outputs, horizon)
        self._model = SklearnLinear(task, features, outputs)


CATALOGUE = [LastLabel, RunningMean, OnlineLinear, OnlineSklearn]
every = pytest.mark.parametrize("kind", CATALOGUE)
every_task = pytest.mark.parametrize("task", TASKS)
every_horizon = pytest.mark.parametrize("horizon", [0, 1, 3])


def data(task, seed=0, rows=ROWS):
    """Rows with holes in features and labels."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, FEATURES)).astype(np.float32)
    kind, outputs = TASKS[task]
    if kind == "regression":
        y = (x @ random.normal(size=(FEATURES, outputs))).astype(np.float32) + 3
    else:
        y = random.integers(0, outputs, (rows, 1)).astype(np.float32)
    x[10, 0], x[20, 1], x[21] = np.nan, np.inf, 3e18
    y[[0, 5, 30], 0] = np.nan
    return x, y


def make(kind, task, horizon):
    return kind(TASKS[task][0], FEATURES, TASKS[task][1], horizon)


@every
@every_task
@every_horizon
def test_no_peeking(kind, task, horizon):
    x, y = data(task)
    whole = make(kind, task, horizon).observe(x, y)
    for row in (1, 7, 33):
        changed = y.copy()
        changed[row:] = np.where(np.isnan(y[row:]), 0, (y[row:] + 1) % 2)
        other = make(kind, task, horizon).observe(x, changed)
        # y[row] may be used for the prediction made at `row` only where it came before it.
        first = row + 1 if horizon == 0 else row
        np.testing.assert_array_equal(other[:first], whole[:first])
        assert not np.array_equal(other[first:], whole[first:], equal_nan=True)
        future = x.copy()
        future[row + 1 :] += 1
        seen = make(kind, task, horizon).observe(future, y)
        np.testing.assert_array_equal(seen[: row + 1], whole[: row + 1])


@every
@every_task
@every_horizon
def test_any_cut_gives_the_same_and_so_does_resuming(kind, task, horizon):
    x, y = data(task)
    whole = make(kind, task, horizon).observe(x, y)
    parts, baseline = [], make(kind, task, horizon)
    for rows in np.split(np.arange(ROWS), [1, 2, 4, 19, 20, 20, 41]):
        parts.append(baseline.observe(x[rows], y[rows]))
        resumed = make(kind, task, horizon)
        resumed.restore({name: array.copy() for name, array in baseline.state().items()})
        baseline = resumed
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@every
@every_task
@every_horizon
def test_predictions_are_finite_probabilities_or_nan_before_any_label(kind, task, horizon):
    x, y = data(task)
    predictions = make(kind, task, horizon).observe(x, y)
    assert predictions.shape == (ROWS, TASKS[task][1]) and predictions.dtype == np.float64
    # Row 0 has no label, so with horizon 0 the first two rows come before any.
    assert np.isfinite(predictions[2:]).all()
    if TASKS[task][0] == "classification":
        given = predictions[np.isfinite(predictions).all(axis=1)]
        np.testing.assert_allclose(given.sum(axis=1), 1.0)
        assert (given >= 0).all()


@every
def test_a_state_of_another_problem_is_refused(kind):
    with pytest.raises(ValueError, match=r"Expected .*; got .*; try the same task"):
        make(kind, "classes", 1).restore(make(kind, "one", 1).state())


@pytest.mark.parametrize("kind", [LastLabel, RunningMean])
def test_a_label_that_is_no_class_is_refused(kind):
    with pytest.raises(ValueError, match=r"Expected class indices 0 ... 1; got 7.0"):
        make(kind, "binary", 0).observe(np.zeros((1, FEATURES)), np.full((1, 1), 7.0))


@every_horizon
def test_last_label_and_running_mean_in_closed_form(horizon):
    x, y = data("two")
    last, mean = (make(kind, "two", horizon).observe(x, y) for kind in (LastLabel, RunningMean))
    for row in range(ROWS):
        for target in range(2):
            known = y[: row + 1 if horizon else row, target].astype(np.float64)
            known = known[np.isfinite(known)]
            if len(known):
                assert last[row, target] == known[-1]
                assert mean[row, target] == pytest.approx(known.mean(), rel=1e-12)
            else:
                assert np.isnan(last[row, target]) and np.isnan(mean[row, target])


def test_classification_in_closed_form():
    y = np.array([[np.nan], [2], [2], [0], [np.nan], [1]], np.float32)
    x = np.zeros((6, FEATURES), np.float32)
    last = make(LastLabel, "classes", 0).observe(x, y)
    assert np.isnan(last[:2]).all()
    np.testing.assert_array_equal(last[2:].argmax(axis=1), [2, 2, 0, 0])
    share = make(RunningMean, "classes", 0).observe(x, y)
    np.testing.assert_allclose(share[:2], 0.25)
    np.testing.assert_allclose(share[5], [1 / 3, 0, 2 / 3, 0])


def clip(sample):
    return {name: min(max(value, -10.0), 10.0) for name, value in sample.items()}


def river_pipeline(model):
    from river import compose, preprocessing

    return preprocessing.StandardScaler() | compose.FuncTransformer(clip) | model


def river_adagrad():
    from river import optim

    return optim.AdaGrad(0.5 / FEATURES**0.5)


@every_horizon
def test_river_linear_is_rivers_own_progressive_validation(horizon):
    from river import linear_model, preprocessing

    random = np.random.default_rng(1)
    x = random.normal(size=(200, FEATURES)).astype(np.float32)
    x[150, 0] = 100.0
    y = x @ np.array([[1.0], [2.0], [-1.0]]) + 5
    linear = linear_model.LinearRegression(river_adagrad())
    model = river_pipeline(preprocessing.TargetStandardScaler(linear))
    rows = [dict(enumerate(map(float, row))) for row in x]
    expected = []
    for row in range(200):
        if horizon and row >= horizon:
            model.learn_one(rows[row - horizon], float(y[row, 0]))
        expected.append(model.predict_one(rows[row]))
        if not horizon:
            model.learn_one(rows[row], float(y[row, 0]))
    # Before it has learnt river predicts 0; ours the mean of the labels that have arrived, if any.
    unlearnt = slice(0, max(horizon, 1))
    expected[unlearnt] = make(RunningMean, "one", horizon).observe(x, y)[unlearnt, 0]
    baseline = make(OnlineLinear, "one", horizon)
    assert baseline.name == "river linear regression"
    np.testing.assert_array_equal(baseline.observe(x, y)[:, 0], expected)


@pytest.mark.parametrize(
    ("task", "model"), [("binary", "LogisticRegression"), ("classes", "SoftmaxRegression")]
)
def test_river_classifiers_are_rivers_own_progressive_validation(task, model):
    from river import linear_model

    random = np.random.default_rng(1)
    outputs = TASKS[task][1]
    y = random.integers(0, outputs, (200, 1)).astype(np.float32)
    x = (random.normal(size=(200, FEATURES)) + y).astype(np.float32)
    x[150, 0] = 100.0
    pipeline = river_pipeline(getattr(linear_model, model)(river_adagrad()))
    expected = np.zeros((200, outputs))
    for row in range(200):
        sample = dict(enumerate(map(float, x[row])))
        for index, probability in pipeline.predict_proba_one(sample).items():
            expected[row, int(index)] = probability
        pipeline.learn_one(sample, int(y[row, 0]))
    predicted = make(OnlineLinear, task, 0).observe(x, y)
    # Before any label river's softmax knows no class; ours then gives all the same probability.
    np.testing.assert_allclose(predicted[0], 1 / outputs)
    np.testing.assert_array_equal(predicted[1:], expected[1:])


@every_horizon
def test_without_river_it_is_normalised_least_mean_squares(horizon):
    random = np.random.default_rng(1)
    x = random.normal(size=(100, FEATURES))
    x[60, 0] = 100.0
    y = x @ np.array([[1.0], [2.0], [-1.0]]) + 5
    # With the intercept's 1 in front of the scores.
    weights = np.zeros(FEATURES + 1)
    expected = make(RunningMean, "one", horizon).observe(x, y)[:, 0]

    def scores(row, learnt):
        seen = x[: max(learnt, 1)]
        standardised = (x[row] - seen.mean(axis=0)) / (seen.std(axis=0) if learnt > 1 else 1.0)
        return np.concatenate([[1.0], np.clip(standardised, -10.0, 10.0)])

    learnt = 0
    for row in range(100):
        if not horizon and row:
            labels = y[:row, 0]
            expected[row] = scores(row, learnt) @ weights * labels.std() + labels.mean()
        if row >= horizon:
            learnt += 1
            labels, z = y[horizon : row + 1, 0], scores(row - horizon, learnt)
            target = (labels[-1] - labels.mean()) / (labels.std() if learnt > 1 else 1.0)
            weights -= 0.1 * (z @ weights - target) * z / (z @ z)
            if horizon:
                expected[row] = scores(row, learnt) @ weights * labels.std() + labels.mean()
    predicted = make(OnlineSklearn, "one", horizon).observe(x, y)[:, 0]
    np.testing.assert_allclose(predicted, expected, rtol=1e-9)


@pytest.mark.parametrize("kind", [OnlineLinear, OnlineSklearn])
@every_horizon
def test_linear_regression_abstains_until_a_label_and_then_says_it(kind, horizon):
    x, y = (array[:8] for array in data("two"))
    y[:4, 0], y[5:, 0], y[4] = np.nan, np.nan, (100.0, -7.0)
    predictions = make(kind, "two", horizon).observe(x, y)
    first = 4 if horizon else 5
    assert np.isnan(predictions[:first, 0]).all()
    np.testing.assert_allclose(predictions[first:, 0], 100.0)


def halves(y):
    """Row 0, which comes before any label, is in neither."""
    return slice(1, len(y) // 2), slice(len(y) // 2, None)


def hostile_stream(rows=1500):
    """A hundred features that three signals drive, and one that stands still and then jumps."""
    random = np.random.default_rng(0)
    signals = random.normal(size=(rows, 3))
    x = signals @ random.normal(size=(3, 100)) + 0.3 * random.normal(size=(rows, 100))
    still = 1.0 + 1e-3 * random.normal(size=(rows, 1))
    still[rows // 2 :: 40] = 1e3
    y = 20.0 * signals @ np.array([[1.0], [-2.0], [0.5]]) + 100.0
    return np.concatenate([x, still], axis=1).astype(np.float32), y.astype(np.float32)


@pytest.mark.parametrize("kind", [OnlineLinear, OnlineSklearn])
def test_linear_regression_stays_above_the_mean_on_a_hostile_stream(kind):
    x, y = hostile_stream()
    made = [k("regression", x.shape[1], 1, 0).observe(x, y) for k in (kind, RunningMean)]
    ours, mean = ([np.square(each - y)[rows].mean() for rows in halves(y)] for each in made)
    assert np.isnan(made[0][0]).all() and np.isfinite(made[0][1:]).all()
    assert ours[0] < 0.5 * mean[0] and ours[1] < 0.1 * mean[1]


def test_rivers_default_diverges_on_the_hostile_stream():
    from river import linear_model, preprocessing

    x, y = hostile_stream()
    # Either of the two is enough: a hundred features together, and the jump alone.
    for columns in (slice(0, 100), slice(98, 101)):
        model = preprocessing.StandardScaler() | linear_model.LinearRegression()
        worst = 0.0
        for row, label in zip(x[:, columns].tolist(), y[:, 0].tolist(), strict=True):
            sample = dict(enumerate(row))
            worst = max(worst, abs(model.predict_one(sample) - label))
            model.learn_one(sample, label)
        assert worst > 1e6


@pytest.mark.parametrize("kind", [OnlineLinear, OnlineSklearn])
def test_linear_models_learn_and_bad_rows_get_the_running_mean(kind):
    x, y = data("one", rows=800)
    x[400], x[401, 0] = np.nan, -2e18
    predictions = make(kind, "one", 0).observe(x, y)
    mean = make(RunningMean, "one", 0).observe(x, y)
    np.testing.assert_array_equal(predictions[400:402], mean[400:402])
    late = slice(600, None)
    errors = np.abs(predictions - y)[late].mean(), np.abs(mean - y)[late].mean()
    assert errors[0] < 0.5 * errors[1]


@pytest.mark.parametrize("kind", [OnlineLinear, OnlineSklearn])
@every_task
def test_wild_but_finite_features_give_finite_predictions(kind, task):
    x, y = data(task, rows=300)
    x[np.random.default_rng(0).random(x.shape) < 0.1] = 9e17
    predictions = make(kind, task, 1).observe(x, y)
    assert np.isfinite(predictions[2:]).all() and np.abs(predictions[2:]).max() <= 1e18


def test_without_river_scikit_learn_takes_its_place(monkeypatch):
    assert set(standard_baselines("regression", 3, 1, 0)) == {
        "last label",
        "running mean",
        "river linear regression",
    }
    monkeypatch.setattr(online_linear, "find_spec", lambda name: None)
    assert set(standard_baselines("classification", 3, 2, 0)) == {
        "last label",
        "majority class",
        "scikit-learn logistic regression",
    }
