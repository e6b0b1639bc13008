"""Recurrent networks as River's estimators."""

import copy
import itertools
import math
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from river import checks, compose, drift, evaluate, metrics, preprocessing

from onward.adapters.river import (
    RecurrentClassifier,
    RecurrentForecaster,
    RecurrentMultiTargetRegressor,
    RecurrentRegressor,
)

SMALL: dict[str, Any] = {"size": 3, "cell": "rnn", "optimizer": "sgd", "members": 1}
# Each once; River's own sets of a kind take the same code through more sizes.
ONCE = {"check_learn_many_matches_learn_one", "check_bounded_memory_growth"}


def rows(count: int = 40) -> list[tuple[dict[str, float], float]]:
    random = np.random.default_rng(0)
    xs = random.normal(size=(count, 3))
    return [(dict(zip("abc", x.tolist(), strict=True)), float(x.sum())) for x in xs]


def regressor(**settings: Any) -> RecurrentRegressor:
    return RecurrentRegressor(**{**SMALL, **settings})


def classifier(**settings: Any) -> RecurrentClassifier:
    return RecurrentClassifier(**{**SMALL, **settings})


@pytest.mark.parametrize(
    "kind",
    [
        RecurrentForecaster,
        RecurrentRegressor,
        pytest.param(RecurrentMultiTargetRegressor, marks=pytest.mark.matrix),
        pytest.param(RecurrentClassifier, marks=pytest.mark.matrix),
    ],
)
def test_all_that_river_asks_of_an_estimator(kind: Any) -> None:
    model = kind(**SMALL)
    assert model._unit_test_skips() == set()
    checks.check_estimator(model)


@pytest.mark.matrix
def test_what_river_asks_of_a_classifier_with_few_classes() -> None:
    model = classifier()
    asked = {check.__name__: check for check in reversed(list(checks.yield_checks(model)))}
    for name, check in asked.items():
        if name not in ONCE:
            check(model.clone())


def test_one_chunk_is_one_by_one_and_peeks_move_nothing() -> None:
    one, many = regressor(), regressor()
    for x, y in rows():
        one.predict_one(x)
        one.learn_one(x, y)
    xs, ys = zip(*rows(), strict=True)
    many.learn_many(pd.DataFrame(xs[:30]), pd.Series(ys[:30]))
    many.learn_many(pa.Table.from_pylist(list(xs[30:])), list(ys[30:]))
    assert one.predict_one(xs[0]) == many.predict_one(xs[0]) != 0
    frame = pd.DataFrame(xs[:3], index=[7, 8, 9])
    predicted = many.predict_many(frame)
    assert list(predicted.index) == [7, 8, 9]
    assert np.allclose(predicted, [many.predict_one(x) for x in xs[:3]])
    arrow = many.predict_many(pa.Table.from_pylist(list(xs[:3])))
    assert isinstance(arrow, pa.ChunkedArray) and arrow.to_pylist() == predicted.to_list()


def test_a_frame_with_text_is_one_by_one_too() -> None:
    frame = pd.DataFrame({"a": [1.0, None, 3.0, 2.0], "kind": ["x", "y", None, "x"]})
    one, many = classifier(), classifier()
    many.learn_many(frame, ["no", "yes", "no", "maybe"])
    for row, y in zip(frame.to_dict("records"), ["no", "yes", "no", "maybe"], strict=True):
        one.learn_one(row, y)
    assert one.predict_proba_one({"a": 1.0}) == many.predict_proba_one({"a": 1.0})
    table = many.predict_proba_many(frame)
    assert list(table.columns) == ["no", "yes", "maybe"]
    assert list(many.predict_many(frame)) == [
        many.predict_one(row) for row in frame.to_dict("records")
    ]


def test_features_come_go_and_come_back() -> None:
    model = regressor()
    for count, (x, y) in enumerate(rows(60)):
        names = list("abc")[: 1 + count % 3]
        model.learn_one({name: x[name] for name in names} | {f"new {count // 8}": 1.0}, y)
    assert model._core.features.capacity == model._core.learner.features == 16
    model.learn_one({}, 1.0)
    assert math.isfinite(model.predict_one({}))


def test_a_copy_goes_on_with_the_same_bits_with_samples_that_wait() -> None:
    model = regressor()
    for x, y in rows(10):
        model.learn_one(x, y)
    model.predict_one({"a": 1.0}, id="late")
    copies = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    for each in (model, *copies):
        # Grows, with a sample that waits.
        each.learn_one(dict.fromkeys("defgh", 1.0), 1.0)
        each.learn_one(None, 2.0, id="late")
        each.learn_one({"a": 2.0}, 3.0)
    assert len({each.predict_one({"a": 0.5}) for each in (model, *copies)}) == 1
    assert model.clone().counts["samples"] == 0 and model.counts["samples"] == 13


def test_late_labels_come_in_any_order_or_never() -> None:
    model = regressor(waiting=3)
    for place, (x, _) in enumerate(rows(5)):
        first = model.predict_one(x, id=place)
        assert model.predict_one(x, id=place) == first
    assert model.counts["waiting"] == 3 and model.counts["given_up"] == 2
    for place in (4, 2):
        model.learn_one(None, float(place), id=place)
    assert model.counts["samples"] == 5 and model.counts["waiting"] == 1
    with pytest.raises(ValueError, match="Expected the id of a sample that waits, or features; go"):
        model.learn_one(None, 1.0, id=0)
    scored = [(x, y, {"id": place}) for place, (x, y) in enumerate(rows(30))]
    metric = evaluate.progressive_val_score(scored, regressor(), metrics.MAE(), delay=4)
    assert math.isfinite(metric.get())


def test_the_network_learns_through_rivers_own_ways() -> None:
    data = [(x, x["a"] > 0) for x, _ in rows(400)]
    model = preprocessing.StandardScaler() | RecurrentClassifier(
        size=8, learning_rate=0.01, members=1
    )
    assert evaluate.progressive_val_score(data, model, metrics.Accuracy()).get() > 0.8
    watched = drift.DriftRetrainingClassifier(
        compose.Select("a") | classifier(), drift_detector=drift.binary.DDM()
    )
    assert evaluate.progressive_val_score(data[:50], watched, metrics.Accuracy()).get() > 0


def test_classes_appear_later_and_probabilities_add_up() -> None:
    model = classifier(learning_rate=0.1)
    assert model.predict_proba_one({"a": 1.0}) == {} and model.predict_one({"a": 1.0}) is None
    model.learn_one({"a": 1.0}, "once")
    assert model.predict_proba_one({"a": 1.0}) == {"once": 1.0}
    for label in itertools.islice(itertools.cycle("xyzw"), 80):
        model.learn_one({letter: float(letter == label) for letter in "xyzw"}, label)
    probabilities = model.predict_proba_one({"x": 1.0, "y": 0.0, "z": 0.0, "w": 0.0})
    assert list(probabilities) == ["once", *"xyzw"]
    assert math.isclose(sum(probabilities.values()), 1)
    assert model._core.learner.outputs == 8


def test_a_late_label_without_weight_is_not_learnt() -> None:
    told, untold, weighed = (regressor(feedback=False) for _ in range(3))
    for model in (told, untold, weighed):
        for x, y in rows(10):
            model.learn_one(x, y)
        model.predict_one({"a": 3.0}, id="late")
    told.learn_one(None, 50.0, id="late")
    weighed.learn_one(None, 50.0, id="late", w=0.0)
    said = [model.predict_one({"a": 1.0}) for model in (told, untold, weighed)]
    assert math.isclose(said[1], said[2]) and not math.isclose(said[0], said[1], rel_tol=1e-3)


def test_targets_by_name() -> None:
    model = RecurrentMultiTargetRegressor(**SMALL)
    assert model.predict_one({"a": 1.0}) == {}
    for x, y in rows(10):
        model.learn_one(x, {"one": y, "two": None})
    assert list(model.predict_one({"a": 1.0})) == ["one"]
    for x, y in rows(10):
        model.learn_one(x, {"two": y, "three": -y, "one": y})
    frame = model.predict_many(pd.DataFrame([x for x, _ in rows(3)]))
    assert list(frame.columns) == ["one", "three", "two"] and np.isfinite(frame.to_numpy()).all()


def test_a_series_goes_on() -> None:
    model = RecurrentForecaster(size=8, members=1)
    assert model.forecast(2) == [0.0, 0.0]
    for step in range(400):
        model.learn_one(math.sin(step / 3))
    ahead = model.forecast(3)
    assert np.abs(np.array(ahead) - np.sin(np.arange(400, 403) / 3)).max() < 0.5
    with pytest.raises(ValueError, match=r"Expected features of 2 samples; got 1\. Try one dict"):
        model.forecast(2, [{}])


BAD = {
    "Expected text as feature 'kind', as before; got a number, 3.0, at sample 1": (
        {"kind": 3},
        1.0,
    ),
    "Expected numbers as feature 'a', as before; got text, 'much', at sample 1": (
        {"a": "much"},
        1.0,
    ),
    "Expected a number, a truth value or text as feature 'b' at sample 1; got \\[1\\]": (
        {"kind": "beyond the cap", "b": [1]},
        1.0,
    ),
    "Expected a number as the label of sample 1; got 'up'": ({"a": 1.0}, "up"),
    "Expected features as a dict at sample 1; got list": ([1.0], 1.0),
}


@pytest.mark.parametrize("message", BAD)
def test_what_is_refused_changes_nothing(message: str) -> None:
    model = regressor(categories=1)
    model.learn_one({"a": 1.0, "kind": "x"}, 1.0)
    before = pickle.dumps(model)
    with pytest.raises(ValueError, match=message):
        model.learn_one(*BAD[message])
    assert pickle.dumps(model) == before
    model.learn_one({"a": 1.0, "kind": "x"}, 2.0)
    assert math.isfinite(model.predict_one({"a": 1.0}))


def test_a_label_of_another_kind_is_refused() -> None:
    model = classifier()
    model.learn_one({"a": 1.0}, "up")
    with pytest.raises(ValueError, match="Expected a class of kind text, as before, as the label"):
        model.learn_one({"a": 1.0}, 3)
    with pytest.raises(ValueError, match=r"Expected a class as the label of sample 1; got \[3\]"):
        model.learn_one({"a": 1.0}, [3])
    model.learn_one({"a": 1.0}, float("nan"))
    assert list(model.predict_proba_one({"a": 1.0})) == ["up"]
    assert model.counts["unlabelled"] == 1


def test_odd_values_are_missing_and_categories_are_capped() -> None:
    model = regressor(categories=3)
    odd = (None, math.nan, math.inf, pd.NA, pd.NaT, 10**400, np.float32(1), np.bool_(True), True)
    for value in odd:
        model.learn_one({"a": value, "b": 1}, 1.0)
    for place in range(20):
        model.learn_one({"kind": f"kind {place}"}, float(place))
    assert model._core.features.count == 2 + 4 and model.counts["other_categories"] == 17
    assert math.isfinite(model.predict_one({"kind": "never seen"}))


def test_a_wrong_setting_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="Expected a cell among"):
        RecurrentRegressor(cell="grue")
    with pytest.raises(ValueError, match="Expected waiting to be a positive integer; got 0"):
        RecurrentRegressor(waiting=0)
    with pytest.raises(ValueError, match="Expected a data frame of pandas, polars, pyarrow or"):
        regressor().learn_many([{"a": 1.0}], [1.0])
    with pytest.raises(ValueError, match="Expected a label for each of 2 rows; got 1"):
        regressor().learn_many(pd.DataFrame({"a": [1.0, 2.0]}), [1.0])
