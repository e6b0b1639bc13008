"""Every score is measured once, and remembered for whoever asks again."""

import json
from pathlib import Path

import numpy as np
import pytest
from small_claims import IMMEDIATE, SMALL, laboratory

from papers import baselines
from papers.comparison import compare
from papers.regime import Fixed
from papers.result import Row, shown
from papers.setting import EXACT, FROZEN, Method
from papers.tasks import SineShift


def test_a_score_is_measured_once(tmp_path: Path) -> None:
    told: list[str] = []
    lab = laboratory(tmp_path)
    lab.progress = told.append
    first = lab.errors(SMALL, IMMEDIATE, 1e-3)
    again = laboratory(tmp_path)
    again.progress = told.append
    np.testing.assert_array_equal(again.errors(SMALL, IMMEDIATE, 1e-3), first)
    assert told == ["rnn 4: immediate + adam"]
    again.errors(SMALL, IMMEDIATE, 2e-3)
    assert len(told) == 2, "another rate is another score"
    laboratory(tmp_path, seeds=3).errors(SMALL, IMMEDIATE, 1e-3)
    assert len(list(tmp_path.glob("*.json"))) == 3, "and so are other seeds"


def test_a_pass_that_diverged_is_remembered_as_such(tmp_path: Path) -> None:
    lab = laboratory(tmp_path)
    values = np.array([[np.inf, 1.0]])
    for _ in range(2):
        np.testing.assert_array_equal(lab.remembered({"a": 1}, "", lambda: values), values)


def test_a_file_of_something_else_is_not_believed(tmp_path: Path) -> None:
    lab = laboratory(tmp_path)
    lab.remembered({"a": 1}, "", lambda: np.ones(1))
    path = next(tmp_path.glob("*.json"))
    kept = json.loads(path.read_text("utf-8"))
    assert kept["what"]["a"] == 1 and kept["what"]["onward"]
    for other in ({"a": 2}, {"onward": "0.0.1"}):
        content = {"what": kept["what"] | other, "values": [5.0]}
        path.write_text(json.dumps(content), "utf-8")
        assert lab.remembered({"a": 1}, "", lambda: np.ones(1)) == [1.0]


def test_every_control_stands_in_a_table(tmp_path: Path) -> None:
    lab = laboratory(tmp_path)
    table = compare(lab, SMALL, [IMMEDIATE, EXACT], Fixed(3e-2), exact=EXACT)
    assert [row.name for row in table] == [
        "frozen",
        "readout-only + adam",
        "rtrl + adam",
        "rtrl + adam, readout held",
        "immediate + adam",
        "last label",
        "linear, online",
    ]
    assert table["frozen"].values[1] == (0.0, 0.0) and table["rtrl + adam"].mean(1) == 100
    errors = lab.errors(SMALL, FROZEN, 0.0)[:, 0]
    np.testing.assert_allclose(table["frozen"].values[0], errors, rtol=1e-5)
    assert table["immediate + adam"].note == "rate 0.03"


def test_the_scale_divides_sizes_and_pre_training(tmp_path: Path) -> None:
    setting = laboratory(tmp_path, factor=4).scaled(SMALL)
    assert (setting.size, setting.task.pretraining, setting.task.adaptation) == (4, 10, 30)


def test_the_newest_label_is_repeated() -> None:
    task = SineShift(pretraining=5, adaptation=50)
    y = task.after(0).y.astype(np.float64)
    expected = np.mean((y - np.concatenate([[[0.0]], y[:-1]])) ** 2)
    assert baselines.last_label(task, 0) == pytest.approx([expected])


def test_a_linear_model_finds_what_is_linear() -> None:
    """Two lags predict a sine perfectly; after the shift other weights do."""
    task = SineShift(pretraining=500, adaptation=400)
    rested = SineShift(pretraining=500, adaptation=400, shifted=0.05)
    assert baselines.linear(rested, 0)[0] < 1e-6
    assert 1e-6 < baselines.linear(task, 0)[0] < 0.02
    assert baselines.last_label(task, 0)[0] > 0.1


def test_a_row_tells_mean_and_spread() -> None:
    row = Row.of("a", np.array([1.0, 2.0, 6.0]), np.array([1.0, np.inf, 2.0]))
    assert (row.mean(), round(row.std(), 3)) == (3.0, 2.646)
    assert row.mean(1) == np.inf and row.std(1) == 0
    assert shown(row) == "3 ± 3" and shown(row, digits=1) == "3.0 ± 2.6"
    assert Method("immediate", "adam") == IMMEDIATE
