"""A learner that moves at the ends of blocks, in all that a learner is handed to."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import onward
from learning.examples import (
    FEATURES,
    assert_close,
    assert_same,
    differs,
    learner_of,
    start,
    stream,
)
from matrix import left
from onward import BPTT, RTRL, Conformal, Fleet, Frozen, Immediate, Learner, Mixture, Series
from onward.diagnose import gradient_norms
from onward.forecasters import LastLabel
from onward.safety.guarded import Guarded
from onward.safety.guards import Guards
from onward.safety.safeguarded import Safeguard, Safeguarded
from onward.wrapping.late import see

K, KEY = 4, jax.random.key(3)
# What is around a learner sees of a rule what it keeps and where it moves.
BY_RULE = pytest.mark.parametrize("rule", [BPTT(), left(RTRL())], ids=["bptt", "rtrl"])


def blocky(rule: Any = None, **options: Any) -> Learner:
    return learner_of(rule=BPTT() if rule is None else rule, every=K, **options)


@BY_RULE
def test_a_file_written_within_a_block_goes_on_to_the_bit(rule, tmp_path) -> None:
    learner, (xs, ys) = blocky(rule, delay=1), stream(15)
    state, _ = learner.run(start(learner), xs[:6], ys[:6])
    assert int(state.block.place) == 2
    onward.save(tmp_path / "half", learner, state)
    again, loaded = onward.load(tmp_path / "half", classes=())
    assert again == learner and again.parts.every == K
    assert f"every={K}" in repr(again)
    found, _ = again.run(loaded, xs[6:], ys[6:])
    expected, _ = learner.run(state, xs[6:], ys[6:])
    assert_same(found, expected)


@BY_RULE
def test_growing_within_a_block_keeps_what_is_in_it(rule) -> None:
    """With features that stay missing the end of the block moves the weights as without them."""
    learner, (xs, ys) = blocky(rule), stream(12)
    state, _ = learner.run(start(learner), xs[:6], ys[:6])
    alone, _ = learner.run(jax.tree.map(jnp.copy, state), xs[6:], ys[6:])
    bigger, grown = onward.grow(learner, state, features=FEATURES + 2, key=KEY)
    assert bigger.parts.every == K and int(grown.block.place) == 2
    wider = np.concatenate([xs[6:], np.full((6, 2), np.nan)], axis=1)
    after, info = bigger.run(grown, wider, ys[6:])
    assert info.learnt.tolist() == [False, True, False, False, False, True]
    recurrent = after.parameters["cell"].recurrent
    np.testing.assert_allclose(recurrent, alone.parameters["cell"].recurrent, rtol=1e-10)
    np.testing.assert_array_equal(
        after.parameters["cell"].input[:, FEATURES:], grown_inputs(bigger)
    )


def grown_inputs(learner: Learner) -> np.ndarray:
    """How a learner that has grown began to read what is new."""
    return np.asarray(learner.cell.input)[:, FEATURES:]


@BY_RULE
def test_a_fleet_is_each_learner_alone(rule) -> None:
    learner = blocky(rule)
    xs, ys = (np.stack(rows) for rows in zip(stream(10, seed=1), stream(10, seed=2), strict=True))
    fleet = Fleet(learner, threads=1)
    states = [start(learner, seed) for seed in range(2)]
    parts, info = fleet.run(fleet.gather(states), xs, ys)
    for one, found in enumerate(fleet.scatter(parts)):
        expected, own = learner.run(start(learner, one), xs[one], ys[one])
        assert_close(found.parameters, expected.parameters)
        np.testing.assert_array_equal(info.learnt[one], own.learnt)


@BY_RULE
def test_series_with_weights_of_their_own_are_each_learner_alone(rule) -> None:
    learner, (xs, ys) = blocky(rule), stream(22)
    codes = np.array([0, 0, 1, 0, 1] * 5)[:22]
    series = Series(learner, 2, weights="own")
    state, info = series.run(series.init(KEY), codes, xs, ys)
    for code in range(2):
        mine = codes == code
        expected, own = learner.run(start(learner), xs[mine], ys[mine])
        found = jax.tree.map(lambda leaf, code=code: leaf[code], state.parameters)
        assert_close(found, expected.parameters)
        np.testing.assert_array_equal(info.learnt[mine], own.learnt)


def test_series_that_share_weights_share_blocks() -> None:
    """The block is of whatever series; a rule that goes back through it is refused."""
    learner, (xs, ys) = blocky(Immediate(), scale=onward.Unscaled()), stream(9)
    series = Series(learner, 2)
    state, info = series.run(series.init(KEY), np.arange(9) % 2, xs, ys)
    assert np.flatnonzero(info.learnt).tolist() == [3, 7]
    assert state.block.place.shape == () and int(state.block.place) == 1
    message = r"^Expected a rule that credits each sample by itself, where .+; got BPTT\(\) in bloc"
    with pytest.raises(ValueError, match=message):
        Series(blocky(), 2)


def test_members_of_a_mixture_each_have_blocks_of_their_own() -> None:
    members = {"a": blocky(), "b": blocky(RTRL(), seed=1), "c": learner_of(), "last": LastLabel()}
    mixture, (xs, ys) = Mixture(members), stream(10)
    state, _, each, _ = mixture.run_all(mixture.init(KEY), xs, ys)
    for name, own in zip(("a", "b", "c"), state.fields.members, strict=True):
        alone, info = members[name].run(start(members[name]), xs, ys)
        assert_close(own.parameters, alone.parameters)
        np.testing.assert_array_equal(each[name].learnt, info.learnt)
    with pytest.raises(ValueError, match=r"got one that moves at the ends of blocks, every=4"):
        see(Mixture({"c": learner_of(), "a": blocky()}), mixture.init(KEY), xs[0])


def test_labels_by_an_id_are_refused() -> None:
    learner = blocky()
    message = (
        r"^Expected a learner that moves with each label; got one that moves .+ Try every=1\.$"
    )
    with pytest.raises(ValueError, match=message):
        see(learner, start(learner), stream(1)[0][0])


def test_intervals_are_around_what_is_predicted_alone() -> None:
    learner, (xs, ys) = blocky(), stream(12)
    around = Conformal(learner)
    _, info, _, _ = around.run(around.init(KEY), xs, ys)
    _, expected = learner.run(start(learner), xs, ys)
    np.testing.assert_array_equal(info.prediction[1:], expected.prediction[1:])
    np.testing.assert_array_equal(info.learnt, expected.learnt)


def test_the_diagnoses_walk_the_rule_sample_by_sample() -> None:
    xs, ys = stream(12)
    found = [
        gradient_norms(learner, start(learner), xs, ys)
        for learner in (blocky(), learner_of(rule=Immediate()))
    ]
    np.testing.assert_allclose(*(np.asarray(one.norms) for one in found), rtol=1e-12)


@BY_RULE
def test_guards_that_find_nothing_change_nothing(rule) -> None:
    learner, (xs, ys) = blocky(rule), stream(14)
    guarded = Guarded(learner)
    state, info = guarded.run(guarded.init(KEY), xs, ys)
    expected, own = learner.run(learner.init(KEY), xs, ys)
    assert_close(state.learner.parameters, expected.parameters)
    np.testing.assert_array_equal(info.learnt, own.learnt)
    np.testing.assert_allclose(info.gradient_norm, own.gradient_norm, rtol=1e-9)
    assert own.learnt.sum() == 3


def test_weights_that_are_rolled_back_take_no_part_of_a_block_along() -> None:
    learner = blocky(Immediate(), scale=onward.Unscaled(), optimizer="sgd", learning_rate=1e-3)
    guards = Guards(None, "roll back", None, first=8, fast=1, keep=4)
    guarded, (xs, ys) = Guarded(learner, guards), stream(23)
    ys[21] = 1e4
    before, _ = guarded.run(guarded.init(KEY), xs[:21], ys[:21])
    assert int(before.learner.block.place) == 1
    after, info = guarded.run(before, xs[21:22], ys[21:22])
    assert info.diagnostics[0, guarded.reports.index("loss")] == 1
    assert int(after.learner.block.place) == 0 and int(after.learner.block.labels) == 0
    assert not differs(
        after.learner.block.gradients, jax.tree.map(jnp.zeros_like, after.learner.block.gradients)
    )


@pytest.mark.matrix
@pytest.mark.parametrize("delay", [0, 2])
def test_a_frozen_copy_beside_it_has_no_block(delay: int) -> None:
    learner, (xs, ys) = blocky(delay=delay), stream(14)
    learned, _ = learner.run(start(learner), xs[:6], ys[:6])
    safeguarded = Safeguarded(learner, Safeguard())
    state = safeguarded.begin(jax.tree.map(jnp.copy, learned))
    assert state.frozen.block is None
    state, _ = safeguarded.run(state, xs[6:], ys[6:])
    expected, _ = learner.run(learned, xs[6:], ys[6:])
    assert_close(state.learner.parameters, expected.parameters)
    still = learner.replace(rule=Frozen(), every=1)
    assert still.parts.every == 1


def test_a_learner_that_is_put_back_takes_no_part_of_a_block_along() -> None:
    learner = blocky(scale=onward.Unscaled(), optimizer="sgd", learning_rate=0.5)
    safeguarded, (xs, ys) = Safeguarded(learner, Safeguard(window=4, margin=0.05)), stream(40)
    told = safeguarded.reports.index("put back")
    state = safeguarded.init(KEY)
    for x, y in zip(xs, np.where(np.arange(40)[:, None] < 6, ys, -50 * ys), strict=True):
        state, info = safeguarded.step(state, x, y)
        if info.diagnostics[told]:
            break
    assert info.diagnostics[told] and int(state.learner.counters.samples) % K != 0
    assert int(state.learner.block.place) == 0 and bool(state.learner.block.first)
