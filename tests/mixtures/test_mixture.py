"""A mixture runs as its learners do alone, and weighs what they say as it is defined."""

import copy
import os
from collections.abc import Callable
from pickle import dumps, loads
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import onward
from learning.examples import assert_same, copied
from matrix import left
from mixing.reference import Reference
from onward import Learner
from onward.forecasters import AbstractForecaster
from onward.mixtures import compiling, together
from onward.mixtures.mixture import Mixture, states_of, with_states

from .mixtures import KEY, ROWS, SETTINGS, members_of, mixture_of, rows, stream_of


@pytest.fixture(
    scope="module",
    params=[name if name == "two targets, late" else left(name) for name in SETTINGS],
)
def name(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def mixture(name: str) -> Mixture:
    return mixture_of(name)


@pytest.fixture(scope="module")
def whole(name: str, mixture: Mixture):
    """The state, the reports and those of the learners after one run, as copies."""
    state, info, infos, _ = mixture.run_all(mixture.init(KEY), stream_of(name))
    return copied(state.fields), info, infos


def test_each_learner_does_what_it_does_alone(name, mixture, whole) -> None:
    keys = jax.random.split(KEY, 2)
    for place, (own, learner) in enumerate(mixture.learners.items()):
        alone, info = learner.run(learner.init(keys[place]), stream_of(name))
        assert_same(alone.fields, whole[0].members[place])
        jax.tree.map(np.testing.assert_array_equal, info, whole[2][own])


def test_no_prediction_knows_what_comes_later(name, mixture, whole) -> None:
    seen, before = stream_of(name), whole[1].prediction
    row = int(np.flatnonzero(np.isfinite(seen.y[:, 0]) & np.isfinite(seen.x[:, 0]))[15])
    later = np.arange(ROWS)[:, None] >= row
    labels = seen._replace(y=np.where(later, 2 - seen.y, seen.y))
    features = seen._replace(x=np.where(later, 1 - seen.x, seen.x))
    # With a delay the label that comes with a sample is known when it is predicted.
    for changed, first in ((labels, row + (not mixture.parts.delay)), (features, row)):
        found = mixture.run(mixture.init(KEY), changed)[1].prediction
        np.testing.assert_array_equal(found[:first], before[:first])
        assert not np.array_equal(found, before, equal_nan=True)


def test_run_is_any_cut_of_rows(name, mixture, whole) -> None:
    state, infos = mixture.init(KEY), []
    for cut in (slice(0, 1), slice(1, 17), slice(17, ROWS)):
        state, info = mixture.run(state, rows(stream_of(name), cut))
        infos.append(info)
    assert_same(state.fields, whole[0])
    together = jax.tree.map(lambda *leaves: np.concatenate(leaves), *infos)
    jax.tree.map(np.testing.assert_array_equal, together, whole[1])


def test_run_is_step_by_step_and_predict_says_what_step_will(name, mixture, whole) -> None:
    state, seen = mixture.init(KEY), stream_of(name)
    for row in range(ROWS):
        one = rows(seen, row)
        predicted = mixture.predict(state, one)
        state, info = mixture.step(state, one)
        np.testing.assert_allclose(predicted, info.prediction, rtol=1e-4, atol=1e-5)
        for found, expected in zip(info, whole[1], strict=True):
            np.testing.assert_array_equal(found, expected[row])
    assert_same(state.fields, whole[0])


def test_predictions_of_several_rows_are_those_of_each(name, mixture) -> None:
    seen = stream_of(name)
    state, _ = mixture.run(mixture.init(KEY), rows(seen, slice(0, 20)))
    several = rows(seen, slice(20, 24))
    each = [mixture.predict(state, rows(several, row)) for row in range(4)]
    np.testing.assert_allclose(mixture.predict(state, several), each, rtol=1e-4, atol=1e-5)


def test_reports_tell_what_there_is(name, mixture, whole) -> None:
    _, info, _ = whole
    seen = stream_of(name)
    assert mixture.reports == mixture.names == ("network", "line", "last", "mean")
    assert info.diagnostics.shape == (ROWS, 4)
    heard = np.isfinite(info.prediction).any(axis=1)
    np.testing.assert_allclose(info.diagnostics[heard].sum(axis=1), 1, rtol=1e-5)
    assert heard[10:].all() and np.isfinite(info.prediction[10:, 0]).all()
    learnable = np.isfinite(seen.y[:, 0]) & (seen.weight > 0)
    assert not info.learnt[~learnable].any() and info.learnt[10:][learnable[10:]].all()
    np.testing.assert_array_equal(np.isfinite(info.loss), info.learnt)
    if name == "classes":
        np.testing.assert_allclose(info.prediction[10:].sum(axis=1), 1, rtol=1e-5)
    if name == "two targets, late":
        assert np.isnan(info.prediction[:, 1]).all()


def by_definition(mixture: Mixture, infos, seen) -> np.ndarray:
    """The predictions of the mixture from those of its learners, in plain NumPy."""
    delay, table = mixture.parts.delay, mixture.table
    outputs, classes = mixture.outputs, table.classes
    reference = Reference(table.mixing, 4, outputs, classes, favourite=2)
    last, total, number = np.zeros(outputs), np.zeros(outputs), np.zeros(outputs)
    queue, found = [], []
    for row in range(ROWS):
        known = np.broadcast_to(np.isfinite(seen.y[row]), (outputs,))
        label = np.where(np.isfinite(seen.y[row]), seen.y[row], 0)
        label = np.eye(outputs)[int(label[0])] if classes else label
        before = last, total / np.maximum(number, 1), number > 0
        last = np.where(known, label, last)
        total, number = total + np.where(known, label, 0), number + known
        after = last, total / np.maximum(number, 1), number > 0
        newest, mean, begun = after if delay else before
        said = np.stack([infos["network"].prediction[row], infos["line"].prediction[row]])
        told = np.concatenate([np.isfinite(said), [begun, begun]])
        said = np.where(told, np.concatenate([said, [newest, mean]]), 0)
        found.append(reference.speak(said, np.asarray(told.any(axis=1))))
        found[-1] = np.where(told.any(axis=0), found[-1], np.nan)
        queue.append(reference.said)
        if row >= delay:
            # What is learnt now was said then, with the units of that time.
            reference.said = queue[row - delay]
            if reference.said[1].any():
                reference.learn(label, known, seen.weight[row], 1 / max(delay, 1))
    return np.array(found)


@pytest.mark.parametrize("name", [left("numbers"), left("two targets, late"), "classes"])
def test_what_is_learnt_now_was_said_when_the_label_was_due(name) -> None:
    mixture = mixture_of(name, dtype=np.float64)
    seen = stream_of(name, np.float64)._replace(start=False)
    with jax.debug_nans(True):
        _, info, infos, _ = mixture.run_all(mixture.init(KEY), seen)
    expected = by_definition(mixture, infos, seen)
    np.testing.assert_allclose(info.prediction, expected, rtol=1e-7, atol=1e-9)
    # The control: with other weights for the labels it is another mixture.
    other = by_definition(mixture, infos, seen._replace(weight=np.ones(ROWS)))
    assert np.nanmax(np.abs(other - expected)) > 1e-4


class Since(AbstractForecaster):
    """Forecasts the rows since the sequence began."""

    def init(self, width, dtype, ahead):
        return jnp.zeros(width, dtype)

    def update(self, state, label, known):
        return state + 1

    def forecast(self, state, ahead):
        return state

    def begin(self, state):
        return jnp.zeros_like(state)


def test_forecasters_begin_anew_where_a_sequence_does() -> None:
    mixture = Mixture({**members_of(dtype=np.float64, feedback=True), "since": Since()})
    seen = stream_of("numbers", np.float64)
    around, expected = mixture.init(KEY).fields.around, 0
    step = jax.jit(lambda around, heard: together.step(mixture.table, around, heard)[0])
    for row in range(ROWS):
        heard = together.heard_rows(rows(seen, row), [np.ones(1)] * 2)
        around = step(around, heard)
        expected = 1 if seen.start[row] else expected + 1
        assert around.forecasters[2] == around.forecasts[2] == expected


@pytest.mark.skipif(bool(os.environ.get("ONWARD_THOROUGH")), reason="checked once is enough")
def test_a_run_of_any_length_compiles_nothing_anew(name, mixture, whole, caplog) -> None:
    seen, state = stream_of(name), mixture.init(KEY)
    state, _ = mixture.run(state, seen)
    state, _ = mixture.step(state, rows(seen, 0))
    with caplog.at_level("WARNING"), jax.log_compiles():
        for count in (1, 2, 15, 16, 17, 40):
            state, _ = mixture.run(state, rows(seen, slice(0, count)))
        state, _ = mixture.step(state, rows(seen, 1))
    assert not [each for each in caplog.messages if each.startswith("Compiling")]


def test_what_a_run_needs_is_compiled_ahead_and_each_program_once(monkeypatch, caplog) -> None:
    monkeypatch.setattr(compiling, "threads_for", lambda passes, rows: 2)
    members = members_of(units=5, feedback=True, missing="last")
    network = members["network"]
    assert isinstance(network, Learner)
    slow = {"slow": network.replace(learning_rate=1e-3)}
    mixture, seen = Mixture({**members, **slow}), stream_of("numbers")
    state, whole = mixture.init(KEY), mixture.observation(seen, None, (None,))

    def compiled(done: Callable[[], Any]) -> list[str]:
        caplog.clear()
        # In all threads, which `jax.log_compiles` does not reach.
        jax.config.update("jax_log_compiles", True)
        try:
            done()
        finally:
            jax.config.update("jax_log_compiles", False)
        found = [each for each in caplog.messages if each.startswith("Compiling")]
        return [each for each in found if "inner" in each or "_many" in each]

    # The two networks have one program, the line and the mixture have their own.
    kept: set[Any] = set()
    assert len(compiled(lambda: compiling.compile_ahead(mixture, whole, kept))) == 3
    assert compiled(lambda: compiling.compile_ahead(mixture, whole, kept)) == []
    assert compiled(lambda: mixture.run(state, seen)) == []


def test_a_saved_mixture_goes_on_with_the_same_bits(name, mixture, whole, tmp_path) -> None:
    seen = stream_of(name)
    state, _ = mixture.run(mixture.init(KEY), rows(seen, slice(0, 17)))
    onward.save(tmp_path / "it", mixture, state)
    loaded, state = onward.load(tmp_path / "it")
    assert loaded == mixture and hash(loaded) == hash(mixture) and repr(loaded) == repr(mixture)
    assert list(loaded.members) == list(mixture.members)
    state, _ = loaded.run(state, rows(seen, slice(17, ROWS)))
    assert_same(state.fields, whole[0])
    told = onward.describe(tmp_path / "it")
    assert told["order"] == ["last", "network", "mean", "line"]
    assert told["members"]["last"]["forecaster"]["class"] == "onward.LastLabel"
    assert told["members"]["line"]["learner"]["cell"]["class"] == "onward.Memoryless"
    assert told["learns"] is True


def test_a_state_can_be_copied_and_pickled_and_taken_apart(name, mixture, whole) -> None:
    seen = stream_of(name)
    state, _ = mixture.run(mixture.init(KEY), rows(seen, slice(0, 17)))
    copies = [copy.deepcopy(state), loads(dumps(state)), with_states(state, states_of(state))]
    expected, _ = mixture.run(copies.pop(), rows(seen, slice(17, ROWS)))
    for each in copies:
        assert_same(mixture.run(each, rows(seen, slice(17, ROWS)))[0].fields, expected.fields)
    assert_same(expected.fields, whole[0])
    assert expected.counters.samples == ROWS


class Wild(onward.AbstractReadout):
    """A readout whose output is what it is told to be."""

    map: onward.Linear
    output: float = eqx.field(static=True)

    def __call__(self, emitted, x):
        return 0 * self.map(emitted, x) + self.output


@pytest.mark.parametrize("output", [np.nan, left(1e30)])
def test_a_member_that_runs_off_is_not_heard(output) -> None:
    members = members_of(dtype=np.float64, feedback=True)
    network = members["network"]
    assert isinstance(network, onward.Learner)
    wild = network.replace(readout=Wild(onward.Linear(8, 1, direct=3, dtype=np.float64), output))
    mixture, plain = Mixture({**members, "wild": wild}), Mixture(members)
    seen = stream_of("numbers", np.float64)
    start = mixture.init(KEY)
    without = with_states(plain.init(KEY), [copy.deepcopy(one) for one in states_of(start)[:2]])
    _, info, _, _ = mixture.run_all(start, seen)
    _, expected = plain.run(without, seen)
    assert np.isfinite(info.prediction[10:]).all()
    gaps = (info.prediction - expected.prediction)[10:]
    assert np.sqrt(np.mean(gaps**2)) < 0.1 * np.std(expected.prediction[10:])
    trusted = info.diagnostics[10:, mixture.names.index("wild")]
    assert np.abs(trusted).max() < (0.05 if output == 1e30 else 1e-30)
