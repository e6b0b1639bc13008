"""Networks through sessions: what adapting is worth, and what nothing may depend on."""

import logging
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest

from matrix import left
from onward import decoders
from onward.decoders import (
    Decoded,
    Labels,
    decode,
    latency_of,
    learner_of,
    passed,
    pretrained,
    results_of,
)
from onward.decoders.ablation import variants
from onward.decoders.study import DECODER, SHADOW
from onward.recordings import RecordingError, Session
from onward.safety.safeguarded import Safeguard, Safeguarded

from .made import CHANNELS, SMALL, session, sessions


@pytest.fixture(scope="module")
def study() -> Decoded:
    return decode(sessions(5), SMALL)


def f20(found: Decoded, name: str) -> list[float]:
    return [scores[0].f20.mean or 0.0 for scores in found.scores[name].values()]


def test_adapting_beats_the_frozen_copy_as_the_recording_drifts(study: Decoded) -> None:
    assert np.mean(f20(study, DECODER)) > np.mean(f20(study, SHADOW)) + 0.05
    assert np.mean(f20(study, "ridge, refitted daily")) > np.mean(f20(study, "ridge, frozen"))


def test_a_study_repeats_and_another_seed_differs(study: Decoded) -> None:
    again = decode(sessions(5), replace(SMALL, seeds=2, opponents=()))
    for name in (DECODER, SHADOW):
        for day, (first, second) in again.scores[name].items():
            assert first == study.scores[name][day][0]
            assert first != second
    assert len(again.epochs) == 2 and again.epochs[0] == study.epochs[0]


def test_its_results_are_plain(study: Decoded) -> None:
    told = results_of(study, SMALL, latency={"p50": float("nan")})
    assert told["config"]["labels"] == "every-bin" and told["latency"] == {"p50": None}
    assert [one["name"] for one in told["training"]] == ["day0", "day1"]
    assert [one["rows"] for one in told["sessions"]] == [354, 331, 308]
    assert len(told["sessions"][0]["rates"]) == len(told["channels"]) == CHANNELS
    assert told["scores"]["ridge, frozen"]["day2"][0]["f20"]["scored"] > 0
    assert (
        set(told["events"]["day2"])
        == set(told["when"]["day2"])
        == {"fallback", "put back", "skipped"}
    )


@pytest.fixture(scope="module")
def trained() -> dict[str, Any]:
    """A learner of each timing, with something around it, after its training."""
    made = {}
    for text in ("every-bin", "after-trial", "late:7"):
        config = replace(SMALL, labels=Labels.parse(text))
        learner = learner_of(config, CHANNELS, 2, 0)
        state, _ = pretrained(config, learner, sessions(2), 0)
        around = Safeguarded(learner, Safeguard(200, 0.02))
        made[text] = config.labels, around, around.begin(state)
    return made


def test_the_training_does_not_depend_on_when_labels_are_told(trained: dict[str, Any]) -> None:
    weights = [jax.tree.leaves(state.fields.learner.parameters) for *_, state in trained.values()]
    for one, *others in zip(*weights, strict=True):
        assert all(np.array_equal(one, other) for other in others)


def changed(made: Session, rows: slice) -> Session:
    targets = made.targets.copy()
    targets[rows] = 5 - 3 * targets[rows]
    return replace(made, targets=targets)


@pytest.mark.parametrize("text", ["every-bin", "after-trial", left("late:7")])
def test_f20_knows_no_label_of_the_last_fifth(trained: dict[str, Any], text: str) -> None:
    labels, learner, state = trained[text]
    made = session(2)
    one = passed(learner, state, made, labels)
    other = passed(learner, state, changed(made, slice(320, 400)), labels)
    np.testing.assert_array_equal(one.held_out, other.held_out)
    assert not np.array_equal(one.predictions[320:], other.predictions[320:])
    earlier = passed(learner, state, changed(made, slice(200, 320)), labels)
    assert not np.array_equal(one.held_out[320:], earlier.held_out[320:])


def test_labels_that_were_not_told_by_the_end_never_reach_the_next_session(
    trained: dict[str, Any],
) -> None:
    labels, learner, state = trained["late:7"]
    made, after = session(2), session(3)
    one, other, told = (
        passed(learner, passed(learner, state, before, labels).state, after, labels)
        for before in (made, changed(made, slice(393, 400)), changed(made, slice(300, 393)))
    )
    np.testing.assert_array_equal(one.predictions, other.predictions)
    assert not np.array_equal(one.predictions, told.predictions)
    short = session(4, rows=5, trial=5)
    alone = passed(learner, state, short, labels)
    assert np.isnan(alone.labels).all() and np.isfinite(alone.predictions).all()


def test_without_carrying_each_session_begins_from_the_training() -> None:
    days = sessions(4)
    other = [*days[:2], changed(days[2], slice(0, 200)), days[3]]
    config = replace(SMALL, opponents=())
    for carry in (True, False):
        one, two = (decode(each, replace(config, carry=carry)) for each in (days, other))
        alike = one.scores[DECODER]["day3"] == two.scores[DECODER]["day3"]
        assert alike is not carry
        assert one.scores[SHADOW]["day3"] == two.scores[SHADOW]["day3"], "it is told no label"


@pytest.fixture
def compiled(caplog: pytest.LogCaptureFixture) -> Iterator[Any]:
    jax.config.update("jax_log_compiles", True)
    with caplog.at_level(logging.WARNING, "jax"):
        yield lambda: [one.message for one in caplog.records if "Compiling" in one.message]
    jax.config.update("jax_log_compiles", False)


@pytest.mark.parametrize("text", ["every-bin", "after-trial", "late:7"])
def test_nothing_is_compiled_for_sessions_and_trials_of_other_lengths(
    trained: dict[str, Any],
    text: str,
    compiled: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    labels, learner, state = trained[text]
    state = passed(learner, state, session(2), labels).state
    caplog.clear()
    for rows, trial in ((399, 31), (217, 50), (61, 7), (3, 3)):
        state = passed(learner, state, session(3, rows, trial), labels).state
    assert compiled() == []
    jax.jit(lambda value: value + 1)(np.zeros(61))
    assert len(compiled()) == 1, "it would have been seen"


def test_a_bin_is_timed(study: Decoded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onward.decoders.latency.WARM", 5)
    monkeypatch.setattr("onward.decoders.latency.BINS", 20)
    assert study.last is not None
    assert latency_of(*study.last, study.sessions[-1])["count"] == 20


def test_each_variant_lacks_one_part() -> None:
    made = dict(variants(SMALL))
    assert list(made) == [
        "moments of all time",
        "10 times the rate",
        "each session from the training",
        "no training off line",
        "an update at every bin, immediate",
    ]
    bare = replace(SMALL, adapt=False, carry=False, pretrain=False)
    assert [name for name, _ in variants(bare)] == ["moments of all time"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda days: days[:2], "Expected more sessions than the 2 that train; got 2. Try --train"),
        (lambda days: [*days, days[0]], "Expected sessions of different names; got 'day0' twice"),
        (
            lambda days: [
                *days[:3],
                replace(days[3], channels=tuple(f"other {i}" for i in range(CHANNELS))),
            ],
            "Expected a channel in session 'day3' that session 'day0' has too",
        ),
        (
            lambda days: [
                *(replace(one, scored=np.zeros(len(one), bool)) for one in days[:2]),
                *days[2:],
            ],
            "Expected labels in the sessions that train; got none in day0, day1",
        ),
    ],
)
def test_sessions_that_do_not_fit_are_refused(change: Any, message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        decode(change(sessions(4)), SMALL)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("train", 0, "Expected train to be a positive integer; got 0"),
        ("cell", "gur", "Expected cell to be one of rnn, gru.*; got 'gur'"),
        ("opponents", ("rigde",), "Expected opponents to be one of ridge.*; got 'rigde'"),
        ("moments", "none", "Expected moments to be one of session, all-time; got 'none'"),
        ("learning_rate", 0.0, "Expected learning_rate > 0; got 0.0. Try 5e-4."),
    ],
)
def test_settings_that_are_none_are_refused(field: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SMALL, **{field: value})


def test_a_session_without_a_scored_row_has_no_score() -> None:
    days = sessions(4)
    days[2] = replace(days[2], scored=np.zeros(len(days[2]), bool))
    found = decode(days, replace(SMALL, opponents=("ridge",)))
    for name in (DECODER, SHADOW, "ridge, frozen", "ridge, refitted daily"):
        assert found.scores[name]["day2"][0].f20.mean is None
        assert found.scores[name]["day3"][0].f20.mean is not None


def test_a_name_of_the_room_is_not_that_of_a_module() -> None:
    """Which would stand in its place once it has been read."""
    modules = {one.name for one in pkgutil.iter_modules(decoders.__path__)}
    assert not modules & set(decoders.__all__)
    assert all(callable(getattr(decoders, name)) for name in decoders.__all__)
    with pytest.raises(AttributeError, match=r"'onward.decoders' has no attribute 'decoed'"):
        getattr(decoders, "decoed")  # noqa: B009
