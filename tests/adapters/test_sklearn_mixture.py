"""The mixture as an estimator of scikit-learn."""

import copy
import pickle
from typing import Any

import jax
import numpy as np
import pytest

from matrix import left
from onward.adapters.sklearn import RecurrentClassifier, RecurrentRegressor
from onward.learning.observation import Observation
from onward.mixtures.default_mixture import default_mixture
from onward.mixtures.mixture import states_of

pytestmark = pytest.mark.first

WHOLE: dict[str, Any] = {"size": 3, "optimizer": "rmsprop", "random_state": 3}
# Of each kind of member one: programs are smaller.
SOME = {**WHOLE, "members": ("network with averages", "line", "last label", "running mean")}
ROWS, HALF = 60, 30


def rows() -> tuple[np.ndarray, np.ndarray]:
    """Features, and labels that follow those of the row before."""
    rng = np.random.default_rng(0)
    xs = rng.normal(size=(ROWS, 2))
    return xs, np.roll(xs[:, 0], 1) + 0.1 * rng.normal(size=ROWS)


def classes() -> tuple[np.ndarray, np.ndarray]:
    xs, ys = rows()
    return xs, np.asarray(["low", "mid", "top"])[np.digitize(ys, [-0.5, 0.5])]


@pytest.mark.matrix
def test_the_default_is_one_pass_of_the_whole_mixture() -> None:
    xs, ys = rows()
    fitted = RecurrentRegressor(**WHOLE).fit(xs, ys)
    mixture = default_mixture(2, key=jax.random.key(3), size=3, optimizer="rmsprop")
    seen = Observation(xs, ys[:, None], np.ones(ROWS), False)
    _, info = mixture.run(mixture.init(jax.random.key(3)), seen)
    np.testing.assert_array_equal(fitted.predictions_, info.prediction[:, 0])
    assert fitted.get_params()["members"] is None


def test_the_default_leaves_no_member_out() -> None:
    for kind in (RecurrentRegressor, RecurrentClassifier):
        assert kind().get_params()["members"] is None


@pytest.mark.parametrize("horizon", [left(0), 2])
def test_what_the_mixture_predicts_is_fed_back_to_all_members(horizon: int) -> None:
    xs, ys = rows()
    fitted = RecurrentRegressor(horizon=horizon, **SOME).fit(xs[:HALF], ys[:HALF])
    before = pickle.dumps(fitted)
    ahead, one_by_one = fitted.predict(xs[HALF:40]), copy.deepcopy(fitted)
    assert pickle.dumps(fitted) == before and np.ptp(ahead) > 0
    for row, predicted in enumerate(ahead, HALF):
        (again,) = one_by_one.predict(xs[row : row + 1])
        np.testing.assert_allclose(again, predicted, rtol=1e-8)
        one_by_one.continue_state(xs[row : row + 1], [again])
    believing = copy.deepcopy(fitted).continue_state(xs[HALF:40])
    after = one_by_one.predict(xs[40:])
    np.testing.assert_allclose(believing.predict(xs[40:]), after, rtol=1e-8)
    held = fitted.continue_state(xs[HALF:40], np.full(10, np.nan)).predict(xs[40:41])
    assert not np.isclose(held, after[0])
    told = believing._passage.state
    if not horizon:
        newest = [float(one.label[0]) for one in states_of(told)]
        assert len(set(newest)) == 1 and newest[0] == float(told.around.forecasters[0][0])


@pytest.mark.matrix
def test_classes_that_are_predicted_are_fed_back_as_probabilities() -> None:
    xs, ys = classes()
    fitted = RecurrentClassifier(**SOME).fit(xs[:HALF], ys[:HALF])
    ahead = fitted.predict_proba(xs[HALF:])
    np.testing.assert_allclose(ahead.sum(1), 1)
    moved = fitted.continue_state(xs[HALF : HALF + 1])._passage.state
    for state in states_of(moved):
        np.testing.assert_allclose(state.label, ahead[0])
    np.testing.assert_allclose(moved.around.forecasters[0], ahead[0])
    np.testing.assert_allclose(fitted.predict_proba(xs[HALF + 1 :]), ahead[1:], rtol=1e-8)


@pytest.mark.parametrize(
    "kind", [RecurrentRegressor, pytest.param(RecurrentClassifier, marks=pytest.mark.matrix)]
)
def test_rows_may_be_cut_and_a_copy_goes_on(kind: Any) -> None:
    xs, ys = rows() if kind is RecurrentRegressor else classes()
    ys = ys.astype(object)
    ys[5], xs[3, 0] = np.nan, np.nan
    ys = ys.astype(float) if kind is RecurrentRegressor else ys
    groups = np.repeat([1, 2], HALF)
    whole = kind(horizon=2, **SOME).fit(xs, ys, groups=groups)
    parts = kind(horizon=2, **SOME).fit(xs[:HALF], ys[:HALF], groups=groups[:HALF])
    parts = pickle.loads(pickle.dumps(parts))
    parts.partial_fit(xs[HALF:], ys[HALF:], groups=groups[HALF:])
    assert np.array_equal(whole.predictions_[HALF:], parts.predictions_)
    assert np.array_equal(whole.predict(xs), parts.predict(xs))


@pytest.mark.matrix
def test_what_has_no_weight_is_fed_back_and_not_learnt() -> None:
    xs, ys = rows()
    weights = np.r_[np.ones(HALF), np.zeros(HALF)]
    fitted = RecurrentRegressor(**SOME).fit(xs, ys, weights)
    other = RecurrentRegressor(**SOME).fit(xs[:HALF], ys[:HALF])
    for one, same in zip(
        *(states_of(each._passage.state) for each in (fitted, other)), strict=True
    ):
        for leaf, unmoved in zip(
            *map(jax.tree.leaves, (one.parameters, same.parameters)), strict=True
        ):
            np.testing.assert_array_equal(leaf, unmoved)
    mixings = [each._passage.state.around.mixing.hedges for each in (fitted, other)]
    np.testing.assert_array_equal(*mixings)
    assert not np.allclose(fitted.predict(xs), other.predict(xs))
