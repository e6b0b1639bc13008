"""The page: well-formed, self-contained, complete, safe and small."""

import json
import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from matrix import left
from onward.report import overall_table, phase_table, write_report
from tests.report.pages import is_self_contained, read

EVIL = "<script>alert('x')</script> $a_b$ & \"q\""


def page_of(run, tmp_path):
    path = tmp_path / "report.html"
    write_report(path, run.metrics, run.predictions)
    return read(path)


RUNS = {
    "one target": {},
    "two targets": {"names": ("x (mm)", "y (mm)"), "time": True},
    "six targets": {"names": tuple("abcdef")},
    "binary": {"task": "classification", "names": ("no", "yes")},
    "many classes": {"task": "classification", "names": tuple(f"c{i}" for i in range(15))},
    "interrupted": {"done": 150},
    "short": {"rows": 12},
    "phases": {"phases": ("rest", "reach")},
    "ten phases": {"task": "classification", "names": ("a", "b"), "phases": tuple("0123456789")},
}


# The rest are drawn from the same parts, or interrupted in a test of their own.
MOST = ("six targets", "many classes", "short", "ten phases")


@pytest.mark.parametrize("kind", [kind if kind in MOST else left(kind) for kind in RUNS])
def test_it_is_one_well_formed_file_with_every_score(kind, make_run, tmp_path):
    run = make_run(**RUNS[kind])
    page, reader, text = page_of(run, tmp_path)
    is_self_contained(page, reader)
    for table in (overall_table(run.metrics), phase_table(run.metrics)):
        for row in table.rows:
            assert row.name in text
            assert all(cell.text in text for cell in row.cells)
    for expected in ("18,412", "gru", "0.6.0", "onward run boiler.csv --horizon 3"):
        assert expected in text


@pytest.fixture(scope="module")
def shared():
    """What tests share: a page takes half a second."""
    return {}


@pytest.fixture
def plain(shared, make_run, tmp_path):
    """The page of a run as it is made unless something is asked for."""
    if not shared:
        shared["page"] = page_of(make_run(), tmp_path)
    return shared["page"]


def test_colours_are_left_to_the_page(plain):
    page, _, _ = plain
    assert "#0101" not in page and "var(--learner)" in page and "prefers-color-scheme" in page


def test_the_same_run_gives_the_same_bytes(make_run, plain, tmp_path):
    assert page_of(make_run(), tmp_path)[0] == plain[0]


def test_an_interrupted_run_says_so(make_run, plain, tmp_path):
    assert "This run was interrupted" in page_of(make_run(done=150), tmp_path)[2]
    assert "interrupted" not in plain[2]


def test_a_run_without_predictions_says_so(make_run, tmp_path):
    run = make_run("classification", ("no", "yes"))
    run.predictions.unlink()
    _, _, text = page_of(run, tmp_path)
    assert "No predictions were written" in text and "true classes in rows" in text


@pytest.mark.parametrize("task", [left("regression"), "classification"])
def test_names_are_text(task, make_run, tmp_path):
    run = make_run(task, (EVIL, "日本"), learner=f"GRU {EVIL}", command=EVIL, config={EVIL: EVIL})
    run.metrics["stream"] |= {"name": EVIL, "origin": EVIL, "warnings": [EVIL]}
    _, reader, text = page_of(run, tmp_path)
    targets = run.metrics["stream"]["target_names"]
    page = (tmp_path / "report.html").read_text("utf-8")
    # Ours: the data and the program.
    assert reader.tags.count("script") == 2 and "<script>alert" not in page
    assert EVIL in text
    assert EVIL in (targets if task == "regression" else json.loads(reader.scripts[0])["classes"])


@pytest.mark.parametrize(
    ("silent", "task"),
    [
        ("onward", "regression"),
        left("onward", "classification"),
        left("last label", "regression"),
        ("last label", "classification"),
    ],
)
def test_a_learner_without_predictions_is_a_row_of_dashes(task, silent, make_run, tmp_path):
    run = make_run(task, ("a", "b"), silent=(silent,))
    page_of(run, tmp_path)
    rows = {row.key: row for row in overall_table(run.metrics).rows}
    assert {cell.text for cell in rows[silent].cells} == {"–"}


def test_nothing_at_all_was_scored(make_run, tmp_path):
    run = make_run(done=0)
    assert "has no R² on this stream" in page_of(run, tmp_path)[2]


def test_warnings_and_the_lines_that_leave_the_axis_are_named(make_run, tmp_path):
    run = make_run()
    run.metrics["stream"]["warnings"] = ["38 timestamps occur twice."]
    run.metrics["rolling"]["series"]["last label"][7] = 1e9
    _, _, text = page_of(run, tmp_path)
    assert "38 timestamps occur twice." in text
    assert re.search(r"Beyond the top of the axis at times: [^.]*last label", text)


@pytest.mark.parametrize("task", [left("regression"), "classification"])
def test_half_a_million_rows_stay_below_two_megabytes(task, make_run, tmp_path):
    names = tuple("abcd")
    run = make_run(task, names, rows=2000)
    rows, random = 500_000, np.random.default_rng(0)
    columns: dict = {"row": np.arange(rows)}
    if task == "regression":
        for name in names:
            columns[f"true:{name}"] = random.normal(size=rows)
            columns[f"onward:{name}"] = random.normal(size=rows)
    else:
        columns["true"] = pd.Categorical.from_codes(random.integers(-1, 4, rows), names)
        columns["onward"] = pd.Categorical.from_codes(random.integers(-1, 4, rows), names)
    run.metrics["stream"]["length"] = rows
    pd.DataFrame(columns).to_parquet(run.predictions)
    page, _, _ = page_of(run, tmp_path)
    assert len(page.encode()) < 2_000_000


def test_what_happened_is_marked_and_told(make_run, plain, tmp_path):
    run = make_run(
        events=[
            {"row": 40, "kind": "skipped", "count": 12},
            {"row": 90, "kind": "lights out", "count": 1},
        ]
    )
    _, reader, text = page_of(run, tmp_path)
    told = ["12 samples skipped", "1 lights out"]
    assert all(words in text for words in told)
    assert json.loads(reader.scripts[0])["events"] == [[40, told[0]], [90, told[1]]]
    assert "lights out" not in plain[2]


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_the_script_is_one(plain, tmp_path):
    _, reader, _ = plain
    (tmp_path / "script.js").write_text(reader.scripts[1])
    checked = ["node", "--check", str(tmp_path / "script.js")]
    assert subprocess.run(checked, capture_output=True).returncode == 0


def test_the_settings_and_what_was_left_out_are_told_in_words(make_run, tmp_path):
    run = make_run()
    run.metrics["config"] |= {"feedback": True, "limit": 400, "valid": "ok", "learning_rate": 0.01}
    run.metrics["stream"] |= {"time_name": "when", "session_lengths": [100, 300]}
    run.metrics["stream"]["feature_names"] = [f"f{i}" for i in range(40)]
    _, _, text = page_of(run, tmp_path)
    for words in (
        "temperature (°C), 3 samples ahead",
        "40 features: f0, f1",
        "and 28 more",
        "the newest label that has arrived",
        "learning rate 0.01",
        "in the order of when",
        "2 files of 100, 300 rows",
        "rows where ok is false",
        "everything after the first 400 samples",
        "7 samples with a missing or unusable feature",
    ):
        assert words in text
