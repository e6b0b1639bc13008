"""The estimators: scikit-learn's own checks, and what a pass over ordered rows has to be."""

import copy
import io
import pickle
from collections.abc import Mapping
from typing import Any

import jax
import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

import onward
from matrix import left
from onward.adapters.sklearn import RecurrentClassifier, RecurrentRegressor
from onward.storing.flat_state import flatten_state

SMALL: Mapping[str, Any] = {
    "size": 4,
    "optimizer": "rmsprop",
    "random_state": 3,
    "members": 1,
}
# Few lengths, each of which is compiled: all rows, and either half.
ROWS, HALF = 60, 30

ORDER = "the rows are a sequence: what is predicted of one depends on those before it"
FAILING = {
    "check_methods_sample_order_invariance": ORDER,
    "check_methods_subset_invariance": ORDER,
    "check_sample_weight_equivalence_on_dense_data": (
        "a row that is left out or repeated also moves the state, which its weight does not"
    ),
}


EVERY = parametrize_with_checks(
    [RecurrentRegressor(size=4, optimizer="rmsprop", members=1)],
    expected_failed_checks=lambda estimator: FAILING,
    xfail_strict=True,
)
# Each shape of data is compiled anew: what others of them ask, too, is left to `make test-all`.
LATER = {
    "check_classifiers_one_label_sample_weights",
    "check_estimators_dtypes",
    "check_estimators_overwrite_params",
    "check_fit2d_1feature",
    "check_fit_score_takes_y",
    "check_n_features_in_after_fitting",
    "check_sample_weight_equivalence_on_dense_data",
}


def most_of(marked: pytest.MarkDecorator) -> pytest.MarkDecorator:
    """The same checks, some of them left to `make test-all`."""
    names, pairs = marked.args
    taken = []
    for pair in pairs:
        pair = pair if hasattr(pair, "marks") else pytest.param(*pair)
        later = [pytest.mark.matrix] * (pair.values[1].func.__name__ in LATER)
        taken.append(pair._replace(marks=[*pair.marks, *later]))
    return pytest.mark.parametrize(names, taken, **marked.kwargs)


@most_of(EVERY)
def test_it_is_an_estimator_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


CLASSIFIER = RecurrentClassifier(size=4, optimizer="rmsprop", members=1)
# What is asked of both goes through one base class, and each shape of data is compiled anew.
OF_CLASSES = [
    check
    for _, check in estimator_checks_generator(CLASSIFIER)
    if "class" in check.func.__name__ or "proba" in check.func.__name__
]


@pytest.mark.parametrize(
    "check",
    [left(check) if check.func.__name__ in LATER else check for check in OF_CLASSES],
    ids=lambda check: check.func.__name__,
)
def test_it_is_a_classifier_of_scikit_learn(check: Any) -> None:
    check(clone(CLASSIFIER))


@pytest.mark.matrix
@parametrize_with_checks(
    [CLASSIFIER], expected_failed_checks=lambda estimator: FAILING, xfail_strict=True
)
def test_a_classifier_is_an_estimator_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


def rows(targets: int | None = None, count: int = ROWS) -> tuple[np.ndarray, np.ndarray]:
    """Features, and labels that follow those of the row before."""
    rng = np.random.default_rng(0)
    xs = rng.normal(size=(count, 2))
    ys = np.roll(xs[:, 0], 1) + 0.1 * rng.normal(size=count)
    return xs, ys if targets is None else np.stack([ys, xs[:, 1]], 1)[:, :targets]


def classes(count: int = ROWS) -> tuple[np.ndarray, np.ndarray]:
    """Features, and one of three names."""
    xs, ys = rows(count=count)
    return xs, np.asarray(["low", "mid", "top"])[np.digitize(ys, [-0.5, 0.5])]


def told(
    xs: Any, ys: Any, horizon: int = 0, weight: Any = None, start: Any = False
) -> tuple[Any, np.ndarray]:
    """What a learner made by hand makes of rows whose labels come late, and its state."""
    ys = ys.reshape(len(ys), -1)
    cell = onward.GRU(2 + ys.shape[1], 4, key=jax.random.key(3))
    learner = onward.Learner(cell, ys.shape[1], optimizer="rmsprop", delay=horizon, feedback=True)
    arriving = np.concatenate([np.full((horizon, ys.shape[1]), np.nan), ys])[: len(ys)]
    weight = np.ones(len(ys)) if weight is None else weight
    seen = onward.Observation(xs, arriving, weight, start)
    state, info = learner.run(learner.init(jax.random.key(3)), seen)
    return state, np.asarray(info.prediction)


def same_state(one: Any, other: Any) -> bool:
    one, other = flatten_state(one), flatten_state(other)
    return one.keys() == other.keys() and all(
        np.array_equal(one[name], other[name], equal_nan=True) for name in one
    )


@pytest.mark.parametrize(("horizon", "targets"), [(0, None), left(0, 2), left(3, None), (3, 2)])
def test_fit_is_one_pass_of_the_learner_over_labels_as_they_come(
    horizon: int, targets: int | None
) -> None:
    xs, ys = rows(targets)
    fitted = RecurrentRegressor(horizon=horizon, **SMALL).fit(xs, ys)
    state, expected = told(xs, ys, horizon)
    assert fitted.predictions_.shape == ys.shape
    np.testing.assert_array_equal(fitted.predictions_, expected.reshape(ys.shape))
    assert same_state(fitted._passage.state, state)
    other = told(xs, ys, horizon + 1)[1].reshape(ys.shape)
    assert not np.array_equal(fitted.predictions_, other, equal_nan=True)


def test_no_label_is_used_before_it_is_known() -> None:
    xs, ys = rows()
    changed = np.concatenate([ys[:-3], ys[-3:] + 5])
    one, other = (RecurrentRegressor(horizon=3, **SMALL).fit(xs, y) for y in (ys, changed))
    np.testing.assert_array_equal(one.predictions_, other.predictions_)
    ahead, unlike = one.predict(xs[:HALF]), other.predict(xs[:HALF])
    # From the first row after them on they come, and are fed back.
    assert (ahead != unlike).all()
    late = RecurrentRegressor(**SMALL)
    unlike = late.fit(xs, changed).predictions_
    assert not np.array_equal(late.fit(xs, ys).predictions_, unlike, equal_nan=True)


@pytest.mark.parametrize("horizon", [left(0), 3])
def test_rows_may_be_cut_anywhere(horizon: int) -> None:
    xs, ys = rows()
    groups = np.repeat(["a", "b", "c"], ROWS // 3)
    weights = np.random.default_rng(1).uniform(size=ROWS)
    whole = RecurrentRegressor(horizon=horizon, **SMALL).fit(xs, ys, weights, groups)
    parts, made = RecurrentRegressor(horizon=horizon, **SMALL), []
    for piece in np.split(np.arange(ROWS), [1, 30, 31]):
        parts.partial_fit(xs[piece], ys[piece], weights[piece], groups[piece])
        made.append(parts.predictions_)
    np.testing.assert_array_equal(np.concatenate(made), whole.predictions_)
    assert same_state(parts._passage.state, whole._passage.state)
    np.testing.assert_array_equal(parts.predict(xs[:HALF]), whole.predict(xs[:HALF]))


def test_a_sequence_begins_where_the_group_changes() -> None:
    xs, ys = rows()
    start = np.zeros(ROWS, bool)
    start[[0, 20, 30]] = True
    groups = np.repeat([7, 8, 7], [20, 10, ROWS - 30])
    fitted = RecurrentRegressor(**SMALL).fit(xs, ys, groups=groups)
    expected = told(xs, ys, start=start)[1][:, 0]
    np.testing.assert_array_equal(fitted.predictions_, expected)
    assert not np.array_equal(expected, told(xs, ys)[1][:, 0], equal_nan=True)
    # The next rows are of the last group unless they say otherwise.
    goes_on, begins = (fitted.predict(xs[:1], groups=[group]) for group in (7, 8))
    assert goes_on == fitted.predict(xs[:1]) != begins


@pytest.mark.parametrize("horizon", [0, 3])
def test_predict_moves_on_in_a_copy(horizon: int) -> None:
    xs, ys = rows()
    fitted = RecurrentRegressor(horizon=horizon, **SMALL).fit(xs[:HALF], ys[:HALF])
    before, kept = vars(fitted).copy(), flatten_state(fitted._passage.state)
    ahead = fitted.predict(xs[HALF:])
    np.testing.assert_array_equal(fitted.predict(xs[HALF:]), ahead)
    assert vars(fitted) == before
    assert kept.keys() == flatten_state(fitted._passage.state).keys()
    assert all(
        np.array_equal(array, kept[name])
        for name, array in flatten_state(fitted._passage.state).items()
    )
    again = fitted.predict(np.repeat(xs[HALF : HALF + 1], HALF, 0))
    assert again[0] == ahead[0]
    assert len(set(again.tolist())) == HALF
    fitted.partial_fit(xs[HALF:], ys[HALF:])
    assert fitted.predictions_[0] == ahead[0]
    assert (fitted.predictions_[1:] != ahead[1:]).all()


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("horizon", [0, 3])
def test_the_state_goes_on_without_learning(labels: bool, horizon: int) -> None:
    xs, ys = rows()
    fitted = RecurrentRegressor(horizon=horizon, **SMALL).fit(xs[:20], ys[:20])
    learnt = flatten_state(fitted._passage.state)
    ahead = fitted.predict(xs[20:])
    assert fitted.continue_state(xs[20:40], ys[20:40] if labels else None) is fitted
    moved = flatten_state(fitted._passage.state)
    still = [name for name in learnt if name.startswith(("parameters", "optimizer", "target"))]
    assert still and all(np.array_equal(learnt[name], moved[name]) for name in still)
    assert not np.array_equal(learnt["recurrent"], moved["recurrent"])
    assert np.array_equal(fitted.predict(xs[40:]), ahead[20:]) is not labels
    # What is learnt later is learnt of later labels alone.
    fitted.partial_fit(xs[40:], ys[40:])
    weight = np.ones(ROWS)
    weight[20 : 40 + horizon] = 0
    assert same_state(fitted._passage.state, told(xs, ys, horizon, weight)[0]) is labels


@pytest.mark.parametrize("horizon", [0, left(1), 3])
def test_what_is_predicted_is_fed_back_where_no_label_comes(horizon: int) -> None:
    xs, ys = rows()
    fitted = RecurrentRegressor(horizon=horizon, **SMALL).fit(xs[:HALF], ys[:HALF])
    ahead, one_by_one = fitted.predict(xs[HALF:40]), copy.deepcopy(fitted)
    for row, predicted in enumerate(ahead, HALF):
        (again,) = one_by_one.predict(xs[row : row + 1])
        np.testing.assert_allclose(again, predicted, rtol=1e-9)
        one_by_one.continue_state(xs[row : row + 1], [again])
    held = fitted.continue_state(xs[HALF:40], np.full(10, np.nan)).predict(xs[40:41])
    assert held != one_by_one.predict(xs[40:41])


def test_classes_that_are_predicted_are_fed_back_as_probabilities() -> None:
    xs, ys = classes()
    fitted = RecurrentClassifier(**SMALL).fit(xs[:HALF], ys[:HALF])
    ahead = fitted.predict_proba(xs[HALF:])
    passage = fitted._passage
    for row, predicted in enumerate(ahead[:3], HALF):
        np.testing.assert_allclose(fitted.predict_proba(xs[row : row + 1])[0], predicted)
        fitted.continue_state(xs[row : row + 1], [None])
        passage.state = passage.state.replace(label=jax.numpy.asarray(predicted))


def test_what_is_missing_moves_the_state_and_teaches_nothing() -> None:
    xs, ys = rows()
    ys[10:20], xs[5, 0] = np.nan, np.nan
    fitted = RecurrentRegressor(**SMALL).fit(xs, ys)
    assert np.isfinite(fitted.predictions_[1:]).all() and np.isnan(fitted.predictions_[0])
    counters = fitted._passage.state.counters
    assert (counters.samples, counters.unlabelled, counters.filled) == (ROWS, 10, 1)
    assert np.isfinite(fitted.predict(np.full((3, 2), np.nan))).all()
    xs, named = classes()
    named = named.astype(object)
    named[10:15], named[15:20] = None, np.nan
    classifier = RecurrentClassifier(**SMALL).fit(xs, named)
    assert classifier.classes_.tolist() == ["low", "mid", "top"]
    assert classifier._passage.state.counters.unlabelled == 10


def test_classes_of_any_kind_are_predicted_in_the_order_of_their_probabilities() -> None:
    xs, ys = classes()
    fitted = RecurrentClassifier(**SMALL).fit(xs, ys)
    assert fitted.probabilities_.shape == (ROWS, 3)
    np.testing.assert_allclose(fitted.probabilities_.sum(1), 1)
    likeliest = fitted.classes_[fitted.probabilities_.argmax(1)]
    np.testing.assert_array_equal(fitted.predictions_, likeliest)
    parts = RecurrentClassifier(**SMALL).partial_fit(xs[:1], ys[:1], ["top", "low", "mid"])
    parts.partial_fit(xs[1:], ys[1:])
    np.testing.assert_array_equal(parts.probabilities_, fitted.probabilities_[1:])
    assert set(fitted.predict(xs)) <= {"low", "mid", "top"}


@pytest.mark.matrix
def test_it_learns_what_was_a_row_ago() -> None:
    xs, ys = rows(count=1500)
    fitted = RecurrentRegressor(**{**SMALL, "size": 16}).fit(xs, ys)
    assert r2_score(ys[1000:], fitted.predictions_[1000:]) > 0.7
    assert r2_score(ys[1:], fitted.predict(xs)[1:]) > 0.7
    frozen = RecurrentRegressor(**{**SMALL, "size": 16, "rule": "frozen"}).fit(xs, ys)
    assert r2_score(ys[1000:], frozen.predictions_[1000:]) < 0.1


@pytest.mark.parametrize("seed", [3, np.int64(3), np.random.RandomState(3)])
def test_a_seed_decides(seed: Any) -> None:
    xs, ys = rows()
    settings = {**SMALL, "random_state": seed}
    one, other = (RecurrentRegressor(**copy.deepcopy(settings)).fit(xs, ys) for _ in range(2))
    np.testing.assert_array_equal(one.predictions_, other.predictions_)
    unlike = RecurrentRegressor(**{**SMALL, "random_state": 4}).fit(xs, ys)
    assert not np.array_equal(one.predictions_, unlike.predictions_, equal_nan=True)


def through_joblib(estimator: Any) -> Any:
    file = io.BytesIO()
    joblib.dump(estimator, file)
    return joblib.load(file)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, through_joblib, lambda one: pickle.loads(pickle.dumps(one))]
)
@pytest.mark.parametrize("kind", [RecurrentRegressor, RecurrentClassifier])
def test_a_copy_goes_on_with_the_same_bits(copied: Any, kind: Any) -> None:
    xs, ys = rows() if kind is RecurrentRegressor else classes()
    fitted = kind(horizon=3, **SMALL).fit(xs[:HALF], ys[:HALF], groups=np.ones(HALF))
    other = copied(fitted)
    assert same_state(fitted._passage.state, other._passage.state)
    np.testing.assert_array_equal(fitted.predict(xs[HALF:]), other.predict(xs[HALF:]))
    fitted.partial_fit(xs[HALF:], ys[HALF:], groups=np.ones(HALF))
    # The first has moved on; its copy has not.
    assert not same_state(fitted._passage.state, other._passage.state)
    other.partial_fit(xs[HALF:], ys[HALF:], groups=np.ones(HALF))
    assert same_state(fitted._passage.state, other._passage.state)


def test_it_stands_in_pipelines_searches_and_splits() -> None:
    xs, ys = rows()
    table = pd.DataFrame(xs, columns=["load", "wind"])
    pipeline = make_pipeline(StandardScaler(), RecurrentRegressor(**SMALL))
    splits = TimeSeriesSplit(2, test_size=20)
    assert np.isfinite(cross_val_score(pipeline, table, ys, cv=splits)).all()
    grid = {"recurrentregressor__size": np.arange(3, 5), "recurrentregressor__cell": ["rnn"]}
    search = GridSearchCV(pipeline, grid, cv=splits).fit(table, ys)
    assert search.best_params_["recurrentregressor__size"] in (3, 4)
    assert np.isfinite(search.predict(table)).all()
    alone = RecurrentRegressor(**SMALL).fit(table, pd.Series(ys))
    assert alone.feature_names_in_.tolist() == ["load", "wind"] and alone.n_features_in_ == 2
    np.testing.assert_array_equal(
        alone.predictions_, RecurrentRegressor(**SMALL).fit(xs, ys).predictions_
    )
    assert clone(alone).get_params() == alone.get_params()
    with pytest.raises(NotFittedError):
        clone(alone).predict(table)


def spoilt(kind: Any = RecurrentRegressor, **changes: Any) -> Any:
    return lambda xs, ys: kind(**{**SMALL, **changes}).fit(xs, ys)


def weighed(weight: Any) -> Any:
    return lambda xs, ys: RecurrentRegressor(**SMALL).fit(xs, ys, weight)


@pytest.mark.parametrize(
    ("does", "told"),
    [
        (spoilt(members=2), "Expected members as None for the mixture, 1 for .*; got 2. Try"),
        (spoilt(members=("lines",)), "Expected members among network, .*; got 'lines'. Try"),
        (spoilt(cell="gur"), "Expected a cell among .*; got 'gur'. Try .*'gru'"),
        (spoilt(rule="rtlr"), "Expected a rule among .*; got 'rtlr'. Try 'rtrl'"),
        (spoilt(horizon=-1), "Expected horizon to be an integer >= 0; got -1. Try horizon=0."),
        (spoilt(horizon=ROWS), "known within the rows, 60 after its own; got none, with n_samples"),
        (weighed(np.zeros(ROWS)), "Expected a weight above zero for some row; got zero for all."),
        (weighed(-np.ones(ROWS)), "none below zero; got shape .60,., the lowest -1.0."),
        (
            lambda xs, ys: spoilt()(xs, ys).partial_fit(xs, np.stack([ys, ys], 1)),
            "Expected 1 targets a row, as before; got 2. Try fit",
        ),
        (spoilt(RecurrentClassifier), "Unknown label type: continuous"),
        (
            lambda xs, ys: RecurrentClassifier(**SMALL).fit(xs, np.ones(ROWS)),
            "Expected at least 2 classes; got one class. Try partial_fit",
        ),
        (
            lambda xs, ys: RecurrentClassifier(**SMALL).partial_fit(xs, ys > 0),
            "Expected classes at the first call of partial_fit; got none. Try classes=np.unique",
        ),
        (
            lambda xs, ys: (
                RecurrentClassifier(**SMALL)
                .fit(xs, ys > 0)
                .partial_fit(xs, ys > 0, classes=[0, 1, 2])
            ),
            "Expected the classes of the first call, .*; got .0, 1, 2.. Try classes=None",
        ),
        (
            lambda xs, ys: (
                RecurrentClassifier(**SMALL)
                .fit(xs, np.where(ys > 0, "up", "down"))
                .partial_fit(xs, np.full(ROWS, "away"))
            ),
            r"Expected classes among \['down', 'up'\]; got .*'away'.*. Try fit",
        ),
    ],
)
def test_what_does_not_fit_is_told_in_words(does: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        does(*rows())
