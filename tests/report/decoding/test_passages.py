"""What is embedded of the predictions, and the score of each minute."""

import base64

import numpy as np
import pytest

from onward.report.decoding.passages import OPENED, passages
from onward.report.decoding.within import _median


def unpacked(text):
    return np.frombuffer(base64.b64decode(text), np.float32)


def test_a_short_session_is_embedded_whole(make_study):
    study = make_study(sessions=2)
    found, _ = passages(study.results, study.predictions)
    assert found is not None and [view.name for view in found.views] == ["day0", "day1"]
    assert found.targets == ("velocity 0", "velocity 1")
    file = np.load(study.predictions / "day1.npz")
    view = found.data["views"][1]
    (part,) = view["parts"]
    assert (part["step"], part["count"], view["rows"]) == (1, 1_500, 1_500)
    for target in range(2):
        for line, name in enumerate(("targets", "predictions", "frozen")):
            (values,) = part["targets"][target][line]
            np.testing.assert_array_equal(unpacked(values), file[name][:, target])


def test_of_a_long_session_two_stretches_are_embedded_whole(make_study):
    study = make_study(sessions=4, rows=12_000)
    file = dict(np.load(study.predictions / "day0.npz"))
    file["frozen"][7_200:8_400] += 5
    np.savez(study.predictions / "day0.npz", **file)
    study.results["scores"]["decoder"]["day0"][0]["worst"] = {"first": 100, "rows": 1200, "r2": -1}
    found, _ = passages(study.results, study.predictions)
    worst, gained = found.views[0].stretches
    assert worst.name == "worst minute" and worst.start == 0 and worst.stop <= gained.start
    assert gained.name.startswith("gained most") and gained.start < 7_200 < 8_400 <= gained.stop
    coarse, *whole = found.data["views"][0]["parts"]
    assert coarse["step"] == 12 and coarse["count"] * coarse["step"] >= 12_000
    for part, stretch in zip(whole, (worst, gained), strict=True):
        (values,) = part["targets"][1][2]
        rows = slice(stretch.start, stretch.stop)
        np.testing.assert_array_equal(unpacked(values), file["frozen"][rows, 1])
    first, last = found.data["views"][0]["opens"]
    assert last - first == OPENED and first >= 0


def test_a_decoder_that_does_not_adapt_has_no_copy_beside_it(make_study):
    study = make_study(adapt=False)
    found, _ = passages(study.results, study.predictions)
    assert [line["name"] for line in found.data["lines"]] == ["true", "predicted"]


def test_minutes_are_scored_beside_the_variance_of_the_session(make_study):
    study = make_study(sessions=1, rows=3_000)
    file = dict(np.load(study.predictions / "day0.npz"))
    # Of the second minute, less than half is scored.
    file["scored"][1_200:1_900] = False
    np.savez(study.predictions / "day0.npz", **file)
    _, minutes = passages(study.results, study.predictions)
    assert len(minutes["day0"].ours) == 2
    rows = file["scored"] & np.isfinite(file["targets"]).all(axis=1)
    first = rows.copy()
    first[1_200:] = False
    for name, found in (("predictions", minutes["day0"].ours), ("frozen", minutes["day0"].frozen)):
        errors = (file[name][first].astype(float) - file["targets"][first]) ** 2
        variance = file["targets"][rows].astype(float).var(axis=0)
        assert found[0] == pytest.approx(np.mean(1 - errors.mean(axis=0) / variance), rel=1e-6)
        assert np.isnan(found[1])


def test_a_target_that_does_not_vary_has_no_minutes(make_study):
    study = make_study(sessions=1, targets=1)
    file = dict(np.load(study.predictions / "day0.npz"))
    file["targets"][:] = 1
    np.savez(study.predictions / "day0.npz", **file)
    found, minutes = passages(study.results, study.predictions)
    assert found is not None and np.isnan(minutes["day0"].ours).all()


def test_the_median_leaves_out_minutes_that_few_sessions_have():
    curves = [np.array([0.1, 0.2, 0.3]), np.array([0.3]), np.array([0.8, np.nan])]
    np.testing.assert_allclose(_median(curves), [0.3])
    assert len(_median([])) == 0
