"""Training off line on segments of recorded sessions."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import onward
from learning.examples import all_finite, assert_same, copied
from matrix import left
from onward import (
    GRU,
    RTRL,
    CrossEntropy,
    Epoch,
    Learner,
    Observation,
    RunningMoments,
    Segments,
    SessionMoments,
    pretrain_sessions,
)
from onward.training import offline
from onward.training import recorded as passing
from onward.training.recorded import recorded

KEY, CHANNELS, UNITS = jax.random.key(4), 6, 4
RANDOM = np.random.default_rng(2)
TUNING = RANDOM.normal(size=(CHANNELS, 2))
SMALL = Segments(length=20, warm_up=4, batch=4, epochs=3, dropout=0.2, held_out=0.25)


def session(rows: int = 160, seed: int = 0, start: bool = False) -> Observation:
    """A smooth movement, seen in noisy channels."""
    random = np.random.default_rng(seed)
    moved = np.zeros((rows, 2))
    for t in range(1, rows):
        moved[t] = 0.8 * moved[t - 1] + 0.6 * random.normal(size=2)
    xs = moved @ TUNING.T + 0.5 * random.normal(size=(rows, CHANNELS))
    begins = np.arange(rows) % 50 == 0 if start else None
    return Observation(xs.astype(np.float32), moved.astype(np.float32), None, begins)


def decoder(dtype: Any = np.float32, channels: int = CHANNELS, **options: Any) -> Learner:
    cell = GRU(channels, UNITS, key=jax.random.key(1), dtype=dtype)
    return Learner(cell, options.pop("targets", 2), scale=SessionMoments(50.0), **options)


def score(learner: Learner, state: Any, seen: Observation) -> float:
    """R² of the weights standing still, after a warm-up."""
    still = learner.replace(rule=onward.Frozen(), every=1)
    _, info = still.run(onward.transfer(state, learner, still, KEY), seen)
    rest = np.square(info.prediction - seen.y)[20:].mean()
    return 1 - float(rest / seen.y[20:].var())


def vector(state: Any) -> np.ndarray:
    return np.array(ravel_pytree(state.parameters)[0])


def test_it_learns_a_decoder_and_leaves_the_given_state_alone() -> None:
    learner = decoder()
    state = learner.init(KEY)
    whole = copied(state)
    many = dataclasses.replace(SMALL, epochs=40, patience=40, learning_rate=2e-2)
    told: list[Epoch] = []
    sessions = [session(seed=seed) for seed in range(3)]
    trained, epochs = pretrain_sessions(learner, state, sessions, KEY, many, told.append)
    assert_same(state, whole)
    assert told == epochs and [one.number for one in epochs] == list(range(1, 41))
    assert min(one.held_out for one in epochs) < 0.5 * epochs[0].held_out
    fresh = session(seed=9)
    assert score(learner, trained, fresh) > 0.7
    assert score(learner, onward.begin_session(learner, state), fresh) < 0.3


@pytest.mark.shapes
def test_it_ends_where_a_session_begins_with_scales_that_have_passed_over_all() -> None:
    learner = decoder(rule=RTRL(), delay=1)
    sessions = [session(rows, seed) for seed, rows in enumerate((70, 90))]
    trained, _ = pretrain_sessions(learner, learner.init(KEY), sessions, KEY, SMALL)
    online = learner.init(KEY)
    for one in sessions:
        online, _ = learner.run(onward.begin_session(learner, online), one)
    expected = onward.begin_session(learner, online)
    np.testing.assert_allclose(trained.input_scale.values, expected.input_scale.values, rtol=1e-5)
    np.testing.assert_allclose(trained.target_scale.values, expected.target_scale.values, rtol=1e-5)
    assert np.all(trained.input_scale.count == 50)
    assert_same(trained.recurrent, expected.recurrent)
    assert int(trained.counters.samples) == 0
    learner.run(trained, sessions[0])


@pytest.mark.matrix
def test_the_same_key_gives_the_same_weights() -> None:
    learner, sessions = decoder(), [session(seed=0), session(100, seed=1)]
    found = [
        vector(pretrain_sessions(learner, learner.init(KEY), sessions, key, SMALL)[0])
        for key in (KEY, KEY, jax.random.key(5))
    ]
    np.testing.assert_array_equal(found[0], found[1])
    assert np.abs(found[0] - found[2]).max() > 1e-5


def test_what_is_held_out_is_never_learnt() -> None:
    """Labels there are other ones: the losses there change, and no weight does."""
    learner, told = decoder(), dataclasses.replace(SMALL, epochs=2)
    one = session()
    other = one._replace(y=one.y.copy())
    other.y[120:] = one.y[120:][::-1]
    before = learner.init(KEY)
    (found, losses), (moved, others) = (
        pretrain_sessions(learner, before, [each], KEY, told) for each in (one, other)
    )
    assert losses[0].held_out != others[0].held_out
    assert losses[0].loss == others[0].loss
    np.testing.assert_array_equal(vector(found), vector(moved))
    learnt = one._replace(y=one.y.copy())
    learnt.y[20:119] = one.y[20:119][::-1]
    third, _ = pretrain_sessions(learner, before, [learnt], KEY, told)
    assert np.abs(vector(found) - vector(third)).max() > 1e-3


def test_the_best_epoch_is_kept_and_patience_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of losses that fall and rise again the weights of the least."""
    script, weights = iter([3.0, 1.0, 2.0, 2.5, 4.0]), []

    def scored(training, parameters, rows, starts):
        weights.append(np.array(ravel_pytree(parameters)[0]))
        return next(script), 1.0

    monkeypatch.setattr(offline, "_scored", scored)
    patient = dataclasses.replace(SMALL, epochs=10, patience=2, batch=8)
    learner = decoder()
    trained, epochs = pretrain_sessions(learner, learner.init(KEY), [session()], KEY, patient)
    assert [one.held_out for one in epochs] == [3.0, 1.0, 2.0, 2.5]
    np.testing.assert_array_equal(vector(trained), weights[1])


def test_without_anything_held_out_the_last_weights_are_kept() -> None:
    learner, told = decoder(), dataclasses.replace(SMALL, held_out=0.0, patience=1)
    trained, epochs = pretrain_sessions(learner, learner.init(KEY), [session()], KEY, told)
    assert len(epochs) == 3 and all(np.isnan(one.held_out) for one in epochs)
    shorter, _ = pretrain_sessions(
        learner, learner.init(KEY), [session()], KEY, dataclasses.replace(told, epochs=2)
    )
    assert np.abs(vector(trained) - vector(shorter)).max() > 1e-5


@pytest.mark.parametrize("held_out", [left(0.0), 0.25])
def test_training_that_diverges_ends_and_keeps_weights_that_are_numbers(held_out: float) -> None:
    wild = dataclasses.replace(SMALL, learning_rate=1e30, held_out=held_out, epochs=6)
    learner = decoder()
    trained, epochs = pretrain_sessions(learner, learner.init(KEY), [session()], KEY, wild)
    assert len(epochs) < 6 and all_finite(trained.parameters)


def training_of(learner: Learner, segments: Segments, seen: Observation) -> tuple[Any, ...]:
    state = learner.init(KEY)
    rows = recorded(learner, state, [seen], KEY)[1][0]
    return offline.Training(learner.parts, segments, learner.features, 1), state.parameters, rows


def test_rows_of_the_warm_up_count_only_where_a_sequence_begins_among_them() -> None:
    learner = decoder(np.float64)
    one = session(60)
    begins = np.isin(np.arange(60), [13])
    seen = learner.observation(one._replace(start=begins), None, (None,))
    training, parameters, rows = training_of(learner, SMALL, seen)
    keep = jnp.ones((1, CHANNELS))
    for start, scored in ((20, 16), (10, 17), (9, 16), (0, 19)):
        _, weights = training.sums(parameters, rows, jnp.array([start]), keep)
        # The first label of all tells the scale, and is not learnt.
        assert float(weights) == scored, start


@pytest.mark.parametrize("mask", [left(False), True])
def test_what_is_dropped_is_held_at_its_mean(mask: bool) -> None:
    """As if it had been missing, once the scales are known."""
    learner = decoder(np.float64, (2 if mask else 1) * CHANNELS, mask=mask)
    one = session(60)
    seen = learner.observation(one, None, (None,))
    training, parameters, rows = training_of(learner, SMALL, seen)
    parameters = jax.tree.map(lambda leaf: leaf + 0.1, parameters)
    dropped = jnp.ones((1, CHANNELS)).at[0, 2].set(0)
    found = training.sums(parameters, rows, jnp.array([20]), dropped)
    x = rows.row.x.at[:, 2].set(0)
    x = x.at[:, CHANNELS + 2].set(1) if mask else x
    lacking = rows._replace(row=rows.row._replace(x=x))
    keep = jnp.ones((1, CHANNELS))
    np.testing.assert_allclose(
        found[0], training.sums(parameters, lacking, jnp.array([20]), keep)[0], rtol=1e-12
    )
    assert abs(found[0] - training.sums(parameters, rows, jnp.array([20]), keep)[0]) > 1e-6


def test_sessions_of_any_lengths_share_their_programs() -> None:
    learner = decoder()
    lengths = (40, 47, 63, 81, 100)
    sessions = [session(rows, seed) for seed, rows in enumerate(lengths)]
    programs = offline._updated, offline._scored, passing._pass
    before = [program._cache_size() for program in programs]
    pretrain_sessions(learner, learner.init(KEY), sessions, KEY, SMALL)
    made = [program._cache_size() - had for program, had in zip(programs, before, strict=True)]
    assert made[0] == 1 and made[1] <= 2 and made[2] <= 1


def test_labels_that_come_late_are_put_beside_their_samples() -> None:
    seen, delay = session(40), 2
    prompt, late = decoder(np.float64), decoder(np.float64, delay=delay)
    labels = np.concatenate([np.full((delay, 2), np.nan), seen.y[:-delay]])
    rows = [
        recorded(one, one.init(KEY), [one.observation(given, None, (None,))], KEY)[1][0]
        for one, given in ((prompt, seen), (late, seen._replace(y=labels)))
    ]
    assert not np.any(rows[1].weight[-delay:])
    known = np.asarray(rows[1].row.known[:, 0])
    assert known.sum() == 40 - delay - 1
    raw = [np.asarray(one.row.target)[5:30] for one in rows]
    # On scales that know as much more of the past as labels are late, up to that.
    assert all(np.corrcoef(raw[0][:, axis], raw[1][:, axis])[0, 1] > 0.9 for axis in range(2))


def test_classes_and_weights_are_learnt_too() -> None:
    learner = decoder(targets=1, loss=CrossEntropy(3))
    seen = session()
    classes = np.digitize(seen.y[:, :1], [-0.5, 0.5]).astype(np.float32)
    weight = RANDOM.choice([0.0, 1.0, 2.0], len(seen.x)).astype(np.float32)
    trained, epochs = pretrain_sessions(
        learner, learner.init(KEY), [seen._replace(y=classes, weight=weight)], KEY, SMALL
    )
    assert all(np.isfinite(one.held_out) for one in epochs) and all_finite(trained.parameters)


def test_what_cannot_be_trained_on_is_refused() -> None:
    learner = decoder()
    state, one = learner.init(KEY), session()

    def refused(message: str, sessions: Any, **options: Any) -> None:
        with pytest.raises(ValueError, match=message):
            pretrain_sessions(learner, state, sessions, KEY, SMALL, **options)

    refused(
        r"^Expected sessions of at least 20 samples, the length of a segment; got 12\. Try",
        [one, session(12)],
    )
    refused(r"^Expected sessions of at least 20 samples, .+; got 0\. Try", [session(0)])
    refused(
        r"^Expected labels to learn from; got none in 1 sessions\. Try sessions whose",
        [one._replace(y=one.y * np.nan)],
    )
    refused(r"^Expected recorded sessions, in a list; got Observation\. Try \[onward\.Obs", one)
    refused(r"^Expected recorded sessions, in a list; got list\. Try", [])
    refused(r"^Expected xs of shape ", [one._replace(x=one.x[:, :3])])
    refused(r"^Expected ys of shape ", [one._replace(y=one.y[:50])])
    with pytest.raises(ValueError, match=r"^Expected segments "):
        pretrain_sessions(learner, state, [one], KEY, 120)


def test_scales_within_what_is_recorded_are_those_of_the_moment() -> None:
    learner = decoder(np.float64).replace(scale=RunningMoments())
    one = session(30)
    seen = learner.observation(one, None, (None,))
    rows = recorded(learner, learner.init(KEY), [seen], KEY)[1][0]
    past = one.x[:11].astype(float)
    expected = (past[10] - past.mean(axis=0)) / past.std(axis=0)
    np.testing.assert_allclose(rows.row.x[10], expected, rtol=1e-9)
    assert rows.row.start.tolist() == [True] + [False] * 29
