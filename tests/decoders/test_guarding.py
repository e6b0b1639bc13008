"""What guards find in a study is told: when, what, and how often."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from onward import Guards
from onward._names import GUARDED
from onward.decoders import Decoded, DecodeFolder, decode, results_of
from onward.decoders.guarding import parse_guards
from onward.decoders.progress import Progress, asked_of
from onward.recordings import Session
from onward.report.decoding import write_decode_report

from .made import SMALL, sessions

LATE, BROKEN = slice(220, 250), (30, 31, 150)
CONFIG = replace(SMALL, guards="loss=roll back+lower,outlying=drop", opponents=(), seeds=2)


def troubled() -> list[Session]:
    """Four days; in the last one counts and labels go wrong for a while."""
    *before, last = sessions(4)
    targets, counts = last.targets.copy(), last.counts.copy()
    targets[LATE] *= -40
    counts[100, 0] = 1e6
    targets[list(BROKEN)] = 1e30
    scored = last.scored.copy()
    scored[[*BROKEN, *range(LATE.start, LATE.stop)]] = True
    return [*before, replace(last, targets=targets, counts=counts, scored=scored)]


@pytest.fixture(scope="module", autouse=True)
def single_precision() -> Iterator[None]:
    """What is too large a number depends on it."""
    jax.config.update("jax_enable_x64", False)
    yield
    jax.config.update("jax_enable_x64", True)


@pytest.fixture(scope="module")
def study(single_precision: None) -> Decoded:
    return decode(troubled(), CONFIG)


def test_each_is_told_with_its_bins(study: Decoded) -> None:
    quiet, loud = study.events["day2"], study.events["day3"]
    assert set(loud) == {"outlying", "loss", "fallback", "put back", "skipped"}
    assert quiet["skipped"] == quiet["loss"] == 0
    assert {30, 100, 150} <= set(study.when["day3"]["outlying"])
    assert loud["skipped"] == 0
    assert loud["loss"] and LATE.start <= study.when["day3"]["loss"][0] < LATE.stop


def test_the_results_name_what_is_watched_and_done(study: Decoded) -> None:
    told = results_of(study, CONFIG)
    assert told["config"]["guards"] == {"outlying": "drop", "loss": ["roll back", "lower"]}
    assert told["events"] == study.events


def test_the_report_shows_it(study: Decoded, tmp_path: Path) -> None:
    results = json.loads(json.dumps(results_of(study, CONFIG)))
    write_decode_report(tmp_path / "report.html", results, tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    words = "losses far above their past: back to the last good weights and learning rates lowered"
    assert page.count(words) >= 2
    assert "No sample was skipped." in page
    assert "values far off: taken as missing" in page


def test_a_study_that_is_gone_on_with_tells_the_same(study: Decoded, tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(words: str) -> None:
        if "day2, F20" in words:
            raise Stopped

    days = troubled()
    asked = asked_of(days, CONFIG, False)
    with pytest.raises(Stopped):
        decode(days, CONFIG, stop, DecodeFolder(Progress(tmp_path / "out", asked)))
    folder = DecodeFolder(Progress(tmp_path / "out", asked, resume=True))
    again = decode(days, CONFIG, folder=folder)
    assert again.events == study.events and again.when == study.when
    for name, by_session in study.scores.items():
        assert again.scores[name] == by_session
    events = np.load(tmp_path / "out" / "predictions" / "day3.npz")["events"]
    assert events.shape[1] == 5 and events[list(BROKEN), 0].all()


def test_without_guards_it_is_told_which_samples_were_skipped(tmp_path: Path) -> None:
    config = replace(CONFIG, guards=None, safeguard=False, seeds=1)
    study = decode(troubled(), config)
    assert study.events["day3"] == {"skipped": len(BROKEN)}
    assert study.when["day3"] == {"skipped": [30, 150]}
    results = json.loads(json.dumps(results_of(study, config)))
    write_decode_report(tmp_path / "report.html", results, tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "samples skipped: not finite, or too large" in page and "3 times" in page
    assert "No frozen copy stood by to take over. Nothing else was watched." in page


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("default", {}),
        ("loss=none", {"loss": ()}),
        ("outlying=none", {"outlying": None}),
        (
            "outlying=drop, influence = clip + lower",
            {"outlying": "drop", "influence": ("clip", "lower")},
        ),
    ],
)
def test_guards_in_a_word(text: str, expected: dict[str, Any]) -> None:
    assert parse_guards(text) == expected
    guards = Guards(**parse_guards(text))
    for name in GUARDED:
        assert getattr(guards, name) == expected.get(name, getattr(Guards(), name))


@pytest.mark.parametrize(
    "text", ["", "loss", "loss=", "loss=clip", "los=warn", "outlying=warn+drop", "loss=none+warn"]
)
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^Expected guards to be default, or some of outlying="):
        replace(SMALL, guards=text)


def test_what_is_watched_is_said_once() -> None:
    with pytest.raises(
        ValueError, match=r"^Expected each of outlying, .* once in guards; got loss"
    ):
        replace(SMALL, guards="loss=warn,outlying=drop,loss=lower")
