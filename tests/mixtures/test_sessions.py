"""A new session, and a trained state for another learner of the same network."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import onward
from learning.examples import assert_same, copied, differs, learner_of, start, stream
from matrix import left
from onward import (
    BPTT,
    GRU,
    RTRL,
    Frozen,
    Learner,
    Mixture,
    Observation,
    SessionMoments,
    begin_session,
    transfer,
)
from onward.forecasters import LastLabel, Seasonal

KEY = jax.random.key(2)
LASTING = ("parameters", "optimizer", "learning_rates", "counters", "waiting")


def of_sessions(**options: Any) -> Learner:
    scale = options.pop("scale", SessionMoments(5.0))
    return learner_of("lstm", rule=RTRL(), feedback=True, scale=scale, **options)


def lived(learner: Any, steps: int = 12) -> Any:
    xs, ys = stream(steps)
    return learner.run(learner.init(KEY), xs, ys)[0]


def test_a_session_begins_like_a_sequence_and_tells_the_scales() -> None:
    learner = of_sessions(delay=1)
    before = lived(learner)
    after = begin_session(learner, before)
    for name in LASTING:
        assert_same(getattr(after, name), getattr(before, name))
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(after.recurrent))
    assert differs(before.recurrent, after.recurrent)
    assert np.isinf(after.label).all() and np.isfinite(before.label).all()
    influences = [leaf for leaf in jax.tree.leaves(copied(after.carry)) if leaf.ndim > 1]
    assert not any(np.any(leaf) for leaf in influences)
    assert differs(before.carry, after.carry)
    assert np.all(after.input_scale.count == 5) and np.all(after.target_scale.count == 5)
    assert np.all(before.input_scale.count[:2] == 12)


@pytest.mark.matrix
def test_without_a_scale_of_sessions_it_is_the_start_of_a_sequence() -> None:
    """To the bit: what is predicted of the first sample, and what is learnt from it."""
    learner, (xs, ys) = of_sessions(scale=onward.RunningMoments()), stream(20, seed=1)
    state = lived(learner)
    begun = learner.run(begin_session(learner, state), xs, ys)
    starts = np.arange(20) == 0
    sequence = learner.run(state, Observation(xs, ys, None, starts))
    assert_same(begun[1].prediction, sequence[1].prediction)
    assert_same(begun[0].parameters, sequence[0].parameters)


def test_the_state_given_is_kept_and_can_go_on() -> None:
    learner, (xs, ys) = of_sessions(), stream(6, seed=1)
    state = lived(learner)
    whole = copied(state)
    begun = begin_session(learner, state)
    moved, _ = learner.run(begun, xs, ys)
    assert_same(state, whole)
    learner.run(state, xs, ys)
    assert int(moved.counters.samples) == 18
    with pytest.raises(ValueError, match=r"^Expected a state that no step has consumed"):
        begin_session(learner, state)


def test_twice_is_once() -> None:
    learner = of_sessions()
    once = begin_session(learner, lived(learner))
    assert_same(begin_session(learner, once), once)


@pytest.mark.matrix
def test_a_block_is_cut_where_a_session_begins() -> None:
    learner = learner_of("gru", rule=BPTT(), every=4, scale=onward.RunningMoments())
    state, (xs, ys) = lived(learner, 6), stream(6, seed=1)
    assert int(state.block.place) == 2
    starts = np.arange(6) == 0
    found, _ = learner.run(begin_session(learner, state), xs, ys)
    expected, _ = learner.run(jax.tree.map(jnp.copy, state), Observation(xs, ys, None, starts))
    uncut, _ = learner.run(state, xs, ys)
    assert_same(found.parameters, expected.parameters)
    assert differs(found.parameters, uncut.parameters)


def mixture_of_two() -> Mixture:
    return Mixture(
        {
            "a": of_sessions(),
            "last": LastLabel(),
            "b": learner_of("gru", feedback=True),
        }
    )


@pytest.mark.matrix
@pytest.mark.shapes
def test_a_session_of_a_mixture_begins_in_each_learner() -> None:
    mixture = mixture_of_two()
    before = lived(mixture)
    after = begin_session(mixture, before)
    pairs = zip(mixture.learners.values(), after.fields.members, before.fields.members, strict=True)
    for learner, own, was in pairs:
        assert_same(own, begin_session(learner, onward.LearnerState(was)).fields)
    for name in ("mixing", "ledger", "begun"):
        assert_same(getattr(after.fields.around, name), getattr(before.fields.around, name))
    xs, ys = stream(4)
    mixture.run(after, xs, ys)
    mixture.run(before, xs, ys)


@pytest.mark.parametrize("delay", [left(0), 1])
def test_a_session_of_a_mixture_is_the_start_of_a_sequence(delay: int) -> None:
    """Without a scale of sessions; the labels of yesterday are no forecasts either."""
    options = {"scale": onward.RunningMoments(), "delay": delay}
    mixture = Mixture({"a": of_sessions(**options), "before": Seasonal(3)})
    state, (xs, ys) = lived(mixture), stream(6, seed=1)
    _, found = mixture.run(begin_session(mixture, state), xs, ys)
    starts = np.arange(6) == 0
    _, expected = mixture.run(state, Observation(xs, ys, None, starts))
    np.testing.assert_allclose(found.prediction, expected.prediction, rtol=1e-12)


def test_what_has_no_sessions_is_refused() -> None:
    learner = of_sessions()
    with pytest.raises(ValueError, match=r"^Expected learner "):
        begin_session("learner", lived(learner))
    with pytest.raises(ValueError, match=r"^Expected a state of this learner"):
        begin_session(learner_of(), lived(learner))


CARRIED = ("parameters", "recurrent", "input_scale", "target_scale", "label")
OTHER_SETTINGS: dict[str, dict[str, Any]] = {
    "other rule": {"rule": onward.EligibilityTrace(0.5)},
    "frozen": {"rule": Frozen()},
    "blocks": {"rule": BPTT(), "every": 4},
    "other optimizer": {"optimizer": "adam", "learning_rate": 1e-3},
    "late labels": {"delay": 3},
}


@pytest.mark.parametrize(
    "name",
    [name if name == "frozen" else left(name) for name in OTHER_SETTINGS],
)
def test_a_state_moves_on_to_another_learner_to_the_bit(name: str) -> None:
    learner = of_sessions()
    other = learner.replace(**OTHER_SETTINGS[name])
    state = lived(learner)
    whole = copied(state)
    moved = transfer(state, learner, other, KEY)
    for part in CARRIED:
        assert_same(getattr(moved, part), getattr(state, part))
    fresh = other.init(KEY)
    for part in ("optimizer", "learning_rates", "carry", "waiting", "block", "counters"):
        assert_same(getattr(moved, part), getattr(fresh, part))
    assert_same(state, whole)
    xs, ys = stream(6, seed=1)
    if not other.parts.delay:
        found = other.predict(moved, xs[0])
        np.testing.assert_array_equal(found, learner.predict(state, xs[0]))
    _, info = other.run(moved, xs, ys)
    assert info.learnt.any() == (name != "frozen")


OTHER_NETWORKS: dict[str, tuple[dict[str, Any], str]] = {
    "units": ({"cell": GRU(2, 7, key=KEY, dtype=np.float64)}, "parameters"),
    "cell": ({"cell": onward.MGU(2, 5, key=KEY, dtype=np.float64)}, "parameters"),
    "targets": ({"targets": 2}, "parameters"),
    "scale": ({"scale": onward.Unscaled()}, "input_scale"),
    "missing": ({"missing": "last"}, "newest"),
    "feedback": ({"cell": GRU(3, 5, key=KEY, dtype=np.float64), "feedback": True}, "parameters"),
}


@pytest.mark.parametrize("name", OTHER_NETWORKS)
def test_another_network_is_refused(name: str) -> None:
    learner = learner_of("gru")
    changes, part = OTHER_NETWORKS[name]
    message = rf"^Expected a learner of the same network, to carry {part} over; got one that wants "
    with pytest.raises(ValueError, match=message):
        transfer(start(learner), learner, learner.replace(**changes), KEY)


def test_the_same_shapes_of_another_cell_are_refused() -> None:
    one, other = (learner_of(name) for name in ("rnn", "rnn relu"))
    with pytest.raises(ValueError, match=r"got one that wants the same shapes of another kind\."):
        transfer(start(one), one, other, KEY)
