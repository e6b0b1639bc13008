"""The page of a study: well-formed, self-contained, complete, safe and small."""

import json

import numpy as np
import pytest

from matrix import left
from onward.report.decoding import summary_rows, write_decode_report
from tests.report.pages import is_self_contained, read

EVIL = "<img src=x onerror=alert('x')> $a_b$ & \"q\""
LEADING_OUT = "../</script><script>alert(1)</script>"
LATENCY = {"count": 2000, "mean": 2e-4, "p50": 1.8e-4, "p99": 9e-4, "max": 0.012, "load": 0.4}
ABLATION = {"moments of all time": {"day0": 0.2, "day1": 0.3, "day2": None}}

FIGURES = {
    "F20 of every decoder in each session",
    "score by minute of the session",
    "change of each channel's rate since the training sessions",
    "share of bins in which each channel is masked",
    "loss of the training off line by epoch",
}

STUDIES = {
    "two seeds": {},
    "one seed": {"seeds": 1},
    "one session": {"sessions": 1},
    "no opponents": {"opponents": ()},
    "one opponent": {"opponents": ("ridge, refitted daily",)},
    "not adapting": {"adapt": False},
    "no dates": {"dates": False},
    "one target": {"targets": 1},
    "six targets": {"targets": 6},
    "below zero": {"noise": (0.5, 1.4)},
    "falls short": {"noise": (0.7, 0.5)},
    "with everything": {"ablation": ABLATION, "latency": LATENCY, "command": "onward decode days"},
    "with nothing": {"ablation": {}, "latency": {}, "command": None},
}


def page_of(study, tmp_path):
    path = tmp_path / "report.html"
    write_decode_report(path, study.results, study.predictions)
    return read(path)


def labels(reader):
    return {value for tag, name, value in reader.values if tag == "svg" and name == "aria-label"}


# The rest differ from these in one number or leave out what another test leaves out.
MOST = ("with everything",)


@pytest.mark.parametrize("kind", [kind if kind in MOST else left(kind) for kind in STUDIES])
def test_it_is_one_well_formed_file_with_every_score(kind, make_study, tmp_path):
    study = make_study(**STUDIES[kind])
    page, reader, text = page_of(study, tmp_path)
    is_self_contained(page, reader)
    assert labels(reader) == FIGURES - {"score by minute of the session"}
    assert "#0101" not in page
    for name, f20, prequential, *_ in summary_rows(study.results):
        assert name in text and f20 in text and prequential in text
    for session in study.results["sessions"]:
        assert session["name"] in text


@pytest.mark.matrix
def test_longer_sessions_show_their_minutes(make_study, tmp_path):
    assert labels(page_of(make_study(rows=3_000), tmp_path)[1]) == FIGURES


def test_what_was_asked_for_is_told(make_study, tmp_path):
    study = make_study(ablation=ABLATION, latency=LATENCY, command="onward decode days --train 2")
    study.results["config"]["labels"] = "calibration-only:30"
    _, _, text = page_of(study, tmp_path)
    for words in (
        "onward decode days --train 2",
        "those of the first 30 s of each session, and none later",
        "0:00 to 0:30",
        "bptt, an update every 10 bins (0.5 s); rmsprop-corrected, rate 0.0005",
        "moments of all time",
        "180 µs",
        "900 µs",
        "12 ms",
        "2024-03-07 09:00",
    ):
        assert words in text
    assert "machine was busy" not in text


def test_times_from_a_busy_machine_are_told_as_such(make_study, tmp_path):
    study = make_study(latency=LATENCY | {"load": 1.2})
    assert "The machine was busy" in page_of(study, tmp_path)[2]


def test_what_the_safeguard_did_is_told(make_study, tmp_path):
    study = make_study()
    _, reader, text = page_of(study, tmp_path)
    assert "At no moment" in text
    study.results["events"]["day1"] = {"fallback": 1_800, "put back": 2}
    study.results["when"]["day1"] = {"fallback": [400], "put back": [399, 1_300]}
    _, reader, text = page_of(study, tmp_path)
    for words in ("1.5 min", "0:20", "2 times", "0:19, 1:05", "something happened"):
        assert words in text
    view = json.loads(reader.scripts[0])["views"][1]
    assert view["events"] == [
        [399, "put back to good weights"],
        [400, "the frozen copy predicts"],
        [1_300, "put back to good weights"],
    ]


def test_without_a_safeguard_none_is_spoken_of_as_quiet(make_study, tmp_path):
    text = page_of(make_study(adapt=False), tmp_path)[2]
    assert (
        "The decoder did not learn, so that nothing had to be guarded" in text
        and "its frozen copy" not in text
    )


@pytest.mark.matrix
def test_scores_that_are_not_there_are_dashes(make_study, tmp_path):
    study = make_study(sessions=2)
    for by_session in study.results["scores"].values():
        for one in by_session["day0"]:
            one |= {"f20": {"mean": None, "per_target": [None, None], "scored": 0}, "worst": None}
    del study.results["scores"]["ridge, frozen"]["day1"]
    for session in study.results["training"]:
        session["rates"][2] = None
    page_of(study, tmp_path)
    rows = {row[0]: row for row in summary_rows(study.results)}
    assert rows["ridge, frozen"][1] == "–" and rows["ridge, frozen"][3] == "0 of 0"
    study.results["scores"] = {"decoder": {}, "frozen": {}}
    assert "No session could be scored." in page_of(study, tmp_path)[2]


def test_entries_that_are_not_there_leave_their_parts_out(make_study, tmp_path):
    study = make_study()
    for entry in ("epochs", "events", "when", "ablation", "latency", "command"):
        study.results.pop(entry, None)
    text = page_of(study, tmp_path)[2]
    for heading in ("Training off line", "What each part is worth", "How long a bin takes"):
        assert heading not in text


def test_without_predictions_there_is_no_trajectory(make_study, tmp_path):
    study = make_study()
    for path in study.predictions.iterdir():
        path.unlink()
    _, reader, text = page_of(study, tmp_path)
    assert "Any stretch" not in text and not reader.scripts


def test_names_are_text_and_lead_nowhere(make_study, tmp_path):
    study = make_study(names=[EVIL, LEADING_OUT], command=EVIL)
    study.results["targets"][0] = study.results["channels"][1] = EVIL
    # What a name that leads out would find.
    np.savez(tmp_path / "outside.npz", targets=np.zeros((3, 2)))
    study.results["sessions"].append(study.results["sessions"][0] | {"name": "../outside"})
    page, reader, text = page_of(study, tmp_path)
    assert reader.tags.count("script") == 2 and "img" not in reader.tags
    assert "<script>alert" not in page and EVIL in text and LEADING_OUT in text
    assert len(json.loads(reader.scripts[0])["views"]) == 1


@pytest.mark.long
def test_twenty_sessions_stay_below_two_megabytes(make_study, tmp_path):
    study = make_study(sessions=20, seeds=3, rows=24_000)
    random = np.random.default_rng(0)
    for session in (*study.results["training"], *study.results["sessions"]):
        session["rates"] = random.exponential(8.0, 96).tolist()
        session["missing"] = (random.uniform(size=96) ** 8).tolist()
    study.results["channels"] = [f"elec{index}" for index in range(96)]
    page, _, _ = page_of(study, tmp_path)
    assert len(page.encode()) < 2_000_000


def test_the_same_study_gives_the_same_bytes(make_study, tmp_path):
    study = make_study()
    assert page_of(study, tmp_path)[0] == page_of(study, tmp_path)[0]
