"""Scores against scikit-learn as the oracle, in odd blocks."""

import json
import math

import numpy as np
import pytest
from sklearn import metrics as oracle

from onward.evaluate import ClassificationScore, Confusion, RegressionScore

CUTS = [(), (1,), (1, 2, 3), (7, 7, 100), (499,)]


def blocks(cuts, *arrays):
    return zip(*(np.split(array, cuts) for array in arrays), strict=True)


def regression(seed=0, rows=500, targets=3, offset=0.0):
    random = np.random.default_rng(seed)
    y = random.normal(size=(rows, targets)) * [1.0, 10.0, 0.1][:targets] + offset
    return y, y + random.normal(size=y.shape) * [0.5, 1.0, 0.3][:targets]


def scored(score, cuts, y, prediction):
    for part in blocks(cuts, y, prediction):
        score.update(*part)
    return score.result()


@pytest.mark.parametrize("cuts", CUTS)
@pytest.mark.parametrize(("offset", "tolerance"), [(0.0, 1e-12), (1e8, 1e-7)])
def test_regression_agrees_with_scikit_learn(cuts, offset, tolerance):
    # float64 at 1e8 has steps of 1.5e-8, against a standard deviation of 0.1.
    y, prediction = regression(offset=offset)
    result = scored(RegressionScore(3), cuts, y, prediction)
    expected = {
        "r2": oracle.r2_score(y, prediction, multioutput="raw_values"),
        "mae": oracle.mean_absolute_error(y, prediction, multioutput="raw_values"),
        "rmse": oracle.root_mean_squared_error(y, prediction, multioutput="raw_values"),
    }
    for name, values in expected.items():
        np.testing.assert_allclose(result["per_target"][name], values, rtol=tolerance)
        np.testing.assert_allclose(result[name], np.mean(values), rtol=tolerance)


def test_smape_is_in_percent_and_knows_what_zero_is_worth():
    y = np.array([[0.0, 2.0], [0.0, -1.0], [3.0, 1.0], [np.nan, 1.0]])
    prediction = np.array([[0.0, 2.0], [5.0, -1.0], [1.0, 1.0], [1.0, 1.0]])
    result = scored(RegressionScore(2), (2,), y, prediction)
    # 200 / 3 (0 + 5 / 5 + 2 / 4), and none where a label is below zero.
    assert result["per_target"]["smape"] == [pytest.approx(100.0), None]
    assert result["smape"] == pytest.approx(100.0)


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_merged_scores_are_those_of_all_rows(task):
    y, p = regression(offset=1e3) if task == "regression" else classification(3)
    kinds = [RegressionScore] if task == "regression" else [ClassificationScore, Confusion]
    for kind in kinds:
        whole, left, right, empty = (kind(3) for _ in range(4))
        whole.update(y, p)
        for score, rows in ((left, slice(123)), (right, slice(123, None))):
            score.update(y[rows], p[rows])
            score.merge(empty)
        empty.merge(left)
        empty.merge(right)
        merged, expected = empty.result(), whole.result()
        for part in ("by_class", "per_target"):
            for key, values in expected.pop(part, {}).items():
                assert merged.get(part, {})[key] == pytest.approx(values)
            merged.pop(part, None)
        assert merged.pop("confusion", None) == expected.pop("confusion", None)
        assert merged == pytest.approx(expected)


def test_the_oracle_can_fail():
    y, prediction = regression(offset=1e8)
    shifted = scored(RegressionScore(3), (), y, prediction + 0.01)
    assert abs(shifted["r2"] - oracle.r2_score(y, prediction)) > 1e-4
    # One pass without centring, the textbook mistake, loses every digit at this offset.
    naive = (y**2).mean(axis=0) - y.mean(axis=0) ** 2
    assert np.any(np.abs(naive / y.var(axis=0) - 1) > 0.5)


def test_missing_labels_and_predictions_are_ignored_per_target():
    y, prediction = regression()
    y[10:60, 0], y[70, 1], prediction[:20, 2] = np.nan, np.inf, np.nan
    result = scored(RegressionScore(3), (15, 16), y, prediction)
    for target in range(3):
        keep = np.isfinite(y[:, target]) & np.isfinite(prediction[:, target])
        expected = oracle.r2_score(y[keep, target], prediction[keep, target])
        assert result["per_target"]["r2"][target] == pytest.approx(expected, rel=1e-12)
    assert result["scored"] == 1500 - 50 - 1 - 20


def test_a_constant_target_has_no_r2_but_an_error():
    # 0.1 has no exact float: the mean of many is not 0.1 and the variance comes out above 0.
    y = np.column_stack([np.full(1000, 0.1), np.arange(1000.0)])
    result = scored(RegressionScore(2), (3, 700), y, y + 0.5)
    assert result["per_target"]["r2"][0] is None
    assert result["r2"] == result["per_target"]["r2"][1]
    assert result["mae"] == pytest.approx(0.5)


@pytest.mark.parametrize("score", [RegressionScore(2), ClassificationScore(3)])
def test_no_data_is_none_and_json(score):
    result = score.result()
    assert result.pop("scored") == 0
    details = result.pop("per_target", None) or result.pop("by_class")
    assert set(result.values()) == {None}
    json.dumps([result, details], allow_nan=False)


def test_a_diverged_prediction_is_a_bad_score_and_no_gap():
    y, prediction = regression(rows=10, targets=1)
    prediction[3] = np.inf
    result = scored(RegressionScore(1), (), y, prediction)
    assert result["scored"] == 10 and result["r2"] < -1e100
    json.dumps(result, allow_nan=False)


def test_regression_shapes_are_checked():
    with pytest.raises(ValueError, match=r"Expected labels and predictions of shape \(4, 2\); got"):
        RegressionScore(2).update(np.zeros((4, 2)), np.zeros((4, 1)))


def classification(classes, rows=500, seed=1):
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, (rows, 1)).astype(np.float32)
    logits = random.normal(size=(rows, classes)) + 1.5 * np.eye(classes)[y[:, 0].astype(int)]
    odds = np.exp(logits)
    return y, odds / odds.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("cuts", CUTS)
@pytest.mark.parametrize("classes", [2, 4])
def test_classification_agrees_with_scikit_learn(cuts, classes):
    y, p = classification(classes)
    result = scored(ClassificationScore(classes), cuts, y, p)
    true, predicted = y[:, 0], p.argmax(axis=1)
    assert result["accuracy"] == pytest.approx(oracle.accuracy_score(true, predicted))
    assert result["log_loss"] == pytest.approx(oracle.log_loss(true, p))
    assert result["f1"] == pytest.approx(oracle.f1_score(true, predicted, average="macro"))
    assert result["kappa"] == pytest.approx(oracle.cohen_kappa_score(true, predicted))
    confusion = scored(Confusion(classes), cuts, y, p)["confusion"]
    assert confusion == oracle.confusion_matrix(true, predicted).tolist()
    parts = oracle.precision_recall_fscore_support(true, predicted)
    for key, values in zip(("precision", "recall", "f1", "labels"), parts, strict=True):
        assert result["by_class"][key] == pytest.approx(values.tolist())
    # Negative control: another set of probabilities does not pass.
    assert result["log_loss"] != pytest.approx(oracle.log_loss(true, p[::-1]), rel=1e-3)


def test_a_class_that_never_occurs_is_left_out_of_macro_f1():
    y, p = classification(3)
    wider = np.hstack([p, np.zeros((len(p), 1))])
    result = scored(ClassificationScore(4), (), y, wider)
    assert result["f1"] == pytest.approx(
        oracle.f1_score(y[:, 0], p.argmax(axis=1), average="macro")
    )


def test_f1_is_not_that_of_the_majority():
    # 3 anomalies of 100, none of them found.
    y = np.ones((100, 1))
    y[:3] = 0
    result = scored(ClassificationScore(2), (), y, np.tile([0.1, 0.9], (100, 1)))
    assert result["accuracy"] == 0.97
    assert result["by_class"]["f1"] == [0.0, pytest.approx(2 * 97 / 197)]
    assert result["f1"] == pytest.approx(97 / 197)


def test_one_class_only_has_no_kappa_and_a_certain_error_costs_36_nats():
    score = ClassificationScore(2)
    score.update(np.zeros((5, 1)), np.tile([1.0, 0.0], (5, 1)))
    assert score.result()["kappa"] is None and score.result()["by_class"]["f1"] == [1.0, None]
    score.update(np.ones((5, 1)), np.tile([1.0, 0.0], (5, 1)))
    assert score.result()["log_loss"] == pytest.approx(-math.log(np.finfo(float).eps) / 2)


def test_rows_without_label_or_probabilities_are_ignored():
    y, p = classification(3)
    holes_y, holes_p = y.copy(), p.copy()
    holes_y[:100], holes_p[400:, 1] = np.nan, np.nan
    holed = scored(ClassificationScore(3), (30,), holes_y, holes_p)
    whole = scored(ClassificationScore(3), (), y[100:400], p[100:400])
    assert holed.pop("by_class") == whole.pop("by_class")
    assert holed == pytest.approx(whole)


@pytest.mark.parametrize("label", [3.0, -1.0, 0.5])
def test_a_label_that_is_no_class_is_refused(label):
    with pytest.raises(ValueError, match=r"Expected class indices 0 ... 2; got"):
        ClassificationScore(3).update(np.full((1, 1), label), np.full((1, 3), 1 / 3))
