"""Interleaved series: each goes on from its own past, whoever came in between."""

import jax
import numpy as np
import pytest

from matrix import named
from onward import RTRL, Frozen, Immediate, Observation, Series, SparseRTRL
from onward.learning.series import PAST

from .examples import assert_close, assert_same, copied, learner_of, start, stream

SETTINGS = {
    "immediate": {"rule": Immediate()},
    "exact, late, fed back": {"rule": RTRL(), "delay": 2, "feedback": True, "missing": "last"},
    "drawing": {"rule": SparseRTRL(2, resample=True)},
}
CODES = np.random.default_rng(0).integers(0, 3, 40)


@pytest.mark.parametrize("options", named(SETTINGS))
def test_with_own_weights_each_learns_as_it_would_alone(options) -> None:
    learner, (xs, ys) = learner_of(**options), stream(40)
    series = Series(learner, 3, "own")
    together, info = series.run(series.init(jax.random.key(0)), CODES, xs, ys)
    for code, key in enumerate(jax.random.split(jax.random.key(0), 3)):
        own = code == CODES
        alone, expected = learner.run(learner.init(key), xs[own], ys[own])
        assert_close(jax.tree.map(lambda leaf, own=own: leaf[own], info), expected)
        assert_close(jax.tree.map(lambda leaf, code=code: leaf[code], together), alone)


@pytest.mark.parametrize("options", named(SETTINGS, "exact, late, fed back"))
def test_with_shared_weights_it_is_the_learner_with_its_past_exchanged(options) -> None:
    learner, (xs, ys) = learner_of(**options), stream(40)
    series = Series(learner, 3)
    together, info = series.run(series.init(jax.random.key(0)), CODES, xs, ys)
    pasts = [copied(learner.init(key).fields) for key in jax.random.split(jax.random.key(0), 3)]
    state = learner.init(jax.random.split(jax.random.key(0), 3)[0])
    for row, code in enumerate(CODES):
        own = {name: getattr(pasts[code], name) for name in PAST}
        state, seen = learner.step(state.replace(**own), xs[row], ys[row])
        pasts[code] = copied(state.fields)
        np.testing.assert_allclose(info.prediction[row], seen.prediction, rtol=1e-10)
    for name in ("parameters", "counters"):
        jax.tree.map(
            lambda one, other: np.testing.assert_allclose(one, other, rtol=1e-10),
            getattr(together, name),
            getattr(state, name),
        )
    assert together.counters.samples == 40


def test_nothing_leaks_from_one_series_to_the_next() -> None:
    learner = learner_of(rule=Frozen(), feedback=True)
    (xs, ys), codes = stream(40), np.arange(40) % 2
    series = Series(learner, 2)
    _, plain = series.run(series.init(jax.random.key(0)), codes, xs, ys)
    xs, ys = xs.copy(), ys.copy()
    xs[codes == 1] *= 100
    ys[codes == 1] -= 1e5
    _, other = series.run(series.init(jax.random.key(0)), codes, xs, ys)
    assert_same(other.prediction[codes == 0], plain.prediction[codes == 0])
    assert not np.allclose(other.prediction[codes == 1][2:], plain.prediction[codes == 1][2:])


def test_chunks_weights_and_starts_of_a_series_are_its_own() -> None:
    learner, (xs, ys) = learner_of(feedback=True, dtype=np.float32), stream(40)
    series = Series(learner, 3, "own")
    seen = Observation(xs, ys, np.where(np.arange(40) % 3, 1.0, 0.0), np.arange(40) % 9 == 4)
    whole, expected = series.run(series.init(jax.random.key(0)), CODES, seen)
    state, parts = series.init(jax.random.key(0)), []
    for rows in (slice(0, 1), slice(1, 12), slice(12, 40)):
        cut = Observation(*(array[rows] for array in seen))
        state, info = series.run(state, CODES[rows], cut)
        parts.append(info)
    assert_same(jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts), expected)
    assert_same(state, whole)
    own = CODES == 1
    alone, _ = learner.run(
        learner.init(jax.random.split(jax.random.key(0), 3)[1]),
        Observation(*(array[own] for array in seen)),
    )
    assert_same(jax.tree.map(lambda leaf: leaf[1], whole), alone)


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (
            [0, 1, 3],
            r"^Expected codes from 0 to 1, one for each series; got 3\. Try Series\(.*4",
        ),
        ([0, -1, 0], r"^Expected codes from 0 to 1, one for each series; got -1\."),
        ([0, 1], r"^Expected codes as integers of shape \(3,\), one a sample; got int64"),
        (
            [0.0, 1.0, 0.0],
            r"^Expected codes as integers of shape \(3,\), one a sample; got fl",
        ),
    ],
)
def test_what_is_no_code_is_refused(codes, message) -> None:
    series = Series(learner_of(), 2)
    with pytest.raises(ValueError, match=message):
        series.run(series.init(jax.random.key(0)), codes, *stream(3))


def test_a_state_of_the_learner_alone_is_refused() -> None:
    learner = learner_of()
    with pytest.raises(ValueError, match=r"^Expected a state of this learner"):
        Series(learner, 2).run(start(learner), [0, 1, 0], *stream(3))
    with pytest.raises(ValueError, match=r"^Expected weights to be shared or own; got 'both'"):
        Series(learner, 2, "both")
