"""The mixture as River's estimators."""

import copy
import itertools
import math
import pickle
from typing import Any

import jax
import numpy as np
import pandas as pd
import pytest
from river import checks, drift, evaluate, metrics

import onward.adapters.make as inner
from onward.adapters.river import (
    RecurrentClassifier,
    RecurrentForecaster,
    RecurrentMultiTargetRegressor,
    RecurrentRegressor,
)
from onward.forecasters import AbstractForecaster, LastLabel
from onward.mixtures.default_mixture import default_mixture
from onward.mixtures.mixture import Mixture

pytestmark = pytest.mark.first

WHOLE: dict[str, Any] = {"size": 3, "cell": "rnn", "optimizer": "sgd"}
# Of each kind of member one: programs are smaller.
SOME = {**WHOLE, "members": ("network", "line", "last label", "running mean")}


def rows(count: int = 30) -> list[tuple[dict[str, Any], float]]:
    random = np.random.default_rng(0)
    xs = random.normal(size=(count, 3))
    return [(dict(zip("abc", x.tolist(), strict=True)), float(x.sum())) for x in xs]


# That of a classifier is asked below, and of one network in test_river.
@pytest.mark.matrix
@pytest.mark.parametrize(
    "kind",
    [
        RecurrentRegressor,
        RecurrentForecaster,
        RecurrentMultiTargetRegressor,
        RecurrentClassifier,
    ],
)
def test_all_that_river_asks_of_an_estimator(kind: Any) -> None:
    checks.check_estimator(kind(**SOME))


@pytest.mark.matrix
@pytest.mark.parametrize("kind", [RecurrentRegressor, RecurrentClassifier])
def test_all_that_river_asks_of_the_whole_mixture(kind: Any) -> None:
    checks.check_estimator(kind(**WHOLE))


@pytest.mark.matrix
def test_what_river_asks_of_a_classifier_with_few_classes() -> None:
    model = RecurrentClassifier(**SOME)
    asked = {check.__name__: check for check in reversed(list(checks.yield_checks(model)))}
    for name in asked.keys() - {"check_learn_many_matches_learn_one", "check_emerging_features"}:
        asked[name](model.clone())


@pytest.mark.matrix
def test_the_default_is_the_whole_mixture() -> None:
    model = RecurrentRegressor(**WHOLE)
    for x, y in rows(20):
        model.predict_one(x)
        model.learn_one(x, y)
    expected = default_mixture(4, key=jax.random.key(0), size=3)
    assert model._core.learner.names == expected.names
    twin = pickle.loads(pickle.dumps(model))
    for each in (model, twin):
        each.learn_one({"a": 1.0, "b": 2.0}, 2.0)
    assert model.predict_one({"a": 1.0}) == twin.predict_one({"a": 1.0}) != 0


def test_the_default_leaves_no_member_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def smaller(*sizes: int, **settings: Any) -> Mixture:
        return Mixture({"line": default_mixture(*sizes, **settings).members["line"]})

    monkeypatch.setattr(inner, "default_mixture", smaller)
    # A seed of its own, for learners are kept by their settings.
    model = RecurrentRegressor(**WHOLE, seed=6)
    model.learn_one({"a": 1.0}, 1.0)
    assert model._core.learner.names == ("line",)


def test_one_chunk_is_one_by_one() -> None:
    one, many = RecurrentRegressor(**SOME), RecurrentRegressor(**SOME)
    for x, y in rows():
        one.learn_one(x, y)
    xs, ys = zip(*rows(), strict=True)
    many.learn_many(pd.DataFrame(xs), pd.Series(ys))
    assert one.predict_one(xs[0]) == pytest.approx(many.predict_one(xs[0]), rel=1e-9)
    frame = pd.DataFrame(xs[:3])
    assert np.allclose(many.predict_many(frame), [many.predict_one(x) for x in xs[:3]])


@pytest.mark.matrix
def test_late_labels_forecasts_and_growth_of_a_copy() -> None:
    members = ("line with memory", "last label")
    model = RecurrentForecaster(**{**SOME, "members": members})
    for place in range(200):
        model.learn_one(math.sin(place / 3))
    ahead = model.forecast(3)
    assert np.abs(np.array(ahead) - np.sin(np.arange(200, 203) / 3)).max() < 0.3
    late = RecurrentRegressor(**SOME)
    for x, y in rows(10):
        late.learn_one(x, y)
    first = late.predict_one({"a": 1.0}, id="late")
    copies = [late, copy.deepcopy(late)]
    for each in copies:
        each.learn_one(dict.fromkeys("defgh", 1.0), 1.0)
        assert each.predict_one({"a": 1.0}, id="late") == first
        each.learn_one(None, 2.0, id="late", w=2.0)
    assert len({each.predict_one({"a": 0.5}) for each in copies}) == 1
    scored = [(x, y, {"id": place}) for place, (x, y) in enumerate(rows())]
    fresh = RecurrentRegressor(**SOME)
    metric = evaluate.progressive_val_score(scored, fresh, metrics.MAE(), delay=4)
    assert math.isfinite(metric.get())


def test_a_weight_multiplies_what_is_learnt() -> None:
    models = [RecurrentRegressor(**SOME) for _ in range(3)]
    for model in models:
        for x, y in rows(10):
            model.learn_one(x, y)
    x, before = {"a": 1.0, "b": 1.0, "c": 1.0}, []
    for model, w in zip(models, (0.0, 1.0, 3.0), strict=True):
        before.append(model.predict_one(x))
        model.learn_one(x, 30.0, w=w)
    lines = [model._core.state.fields.members[1].parameters["readout"].map.bias for model in models]
    moved = [abs(float(bias[0] - lines[0][0])) for bias in lines]
    assert len(set(before)) == 1 and 0 == moved[0] < moved[1] < moved[2]
    for wrong in (-1.0, math.nan, "much", None):
        with pytest.raises(ValueError, match=r"Expected w >= 0 as the weight of sample 11; got"):
            models[0].learn_one(x, 1.0, w=wrong)
    assert models[0].counts["samples"] == 11


@pytest.mark.matrix
def test_a_drift_detector_has_the_mixture_start_afresh() -> None:
    data = [(x, x["a"] > 0) for x, _ in rows(60)]
    data += [(x, not y) for x, y in data]
    model = drift.DriftRetrainingClassifier(
        RecurrentClassifier(**SOME), drift_detector=drift.binary.DDM(warm_start=20)
    )
    assert evaluate.progressive_val_score(data, model, metrics.Accuracy()).get() > 0.5


def test_a_class_that_comes_once_and_many_that_come_later() -> None:
    model = RecurrentClassifier(**SOME)
    assert model.predict_proba_one({"a": 1.0}) == {}
    model.learn_one({"a": 1.0}, "once")
    assert model.predict_proba_one({"a": 1.0}) == {"once": 1.0}
    for label in itertools.islice(itertools.cycle("xy"), 40):
        model.learn_one({letter: float(letter == label) for letter in "xyz"}, label)
        told = model.predict_proba_one({"x": 1.0, "y": 0.0, "z": 0.0})
        assert math.isclose(sum(told.values()), 1) and min(told.values()) >= 0
    assert list(told) == ["once", "x", "y"] and told["x"] > told["y"] > 0
    assert told["once"] < 0.2


BAD: dict[str, tuple[Any, Any]] = {
    "Expected a class of kind text, as before, as the label of sample 1": ({"a": 1.0}, 3),
    "Expected a class as the label of sample 1; got": ({"a": 1.0}, [3]),
    "Expected numbers as feature 'a', as before; got text, 'much', at sample 1": (
        {"a": "much"},
        "up",
    ),
}


@pytest.mark.parametrize("message", BAD)
def test_what_is_refused_changes_nothing(message: str) -> None:
    model = RecurrentClassifier(**SOME)
    model.learn_one({"a": 1.0}, "up")
    before = pickle.dumps(model)
    with pytest.raises(ValueError, match=message):
        model.learn_one(*BAD[message])
    assert pickle.dumps(model) == before
    model.learn_one({"a": 1.0}, "down")
    assert set(model.predict_proba_one({"a": 1.0})) == {"up", "down"}


def test_whatever_a_dict_holds_predictions_are_finite() -> None:
    model = RecurrentRegressor(**SOME, categories=2)
    odd = [{}, {"a": None}, {"a": math.nan, "b": 1}, {"a": 10**400}, {"a": 1e29}]
    odd += [{"k": "x" * 10_000}]
    for place, x in enumerate([*odd, *({"k": str(place)} for place in range(20)), *odd]):
        assert math.isfinite(model.predict_one(x))
        model.learn_one(x, None if place % 5 == 4 else float(place))
    assert math.isfinite(model.predict_one({"k": "never seen"}))
    counts = model.counts
    assert counts["other_categories"] >= 19 and counts["unlabelled"] == 6


class Lost(LastLabel):
    """Says nothing but NaN."""

    def forecast(self, state: Any, ahead: int) -> Any:
        return state * math.nan


@pytest.mark.matrix
def test_a_member_that_only_says_nan_is_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_lost(*sizes: int, **settings: Any) -> Mixture:
        made = default_mixture(*sizes, **settings)
        lost: dict[str, AbstractForecaster] = {"lost": Lost()}
        return Mixture({**made.members, **lost})

    said = []
    for patched in (False, True):
        if patched:
            monkeypatch.setattr(inner, "default_mixture", with_lost)
        names = (*SOME["members"], *(["lost"] if patched else []))
        # A seed of its own, for learners are kept by their settings.
        model = RecurrentRegressor(**{**SOME, "members": names, "seed": 5})
        for x, y in rows(20):
            model.learn_one(x, y)
        said.append(model.predict_one({"a": 1.0}))
    assert math.isfinite(said[1]) and said[1] == pytest.approx(said[0], abs=0.5)
    assert said[1] != 0


def test_names_of_no_member_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected members as None for .*; got 7"):
        RecurrentRegressor(members=7)
    with pytest.raises(ValueError, match=r"Expected members among network, .*; got 'lines'"):
        RecurrentRegressor(members=("lines",)).learn_one({"a": 1.0}, 1.0)
