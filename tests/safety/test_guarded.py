"""Guards: what they leave alone, what they find, and what they do then."""

import os

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from learning.examples import assert_close, assert_same, copied, differs, learner_of, start, stream
from matrix import left
from onward import Conformal, CrossEntropy, LearnerState
from onward.safety.guarded import Guarded
from onward.safety.guards import Act, Guards
from onward.safety.watching import History, norm_of, shortened, watch

from .examples import rule_of

STEPS = 400
THOROUGH = bool(os.environ.get("ONWARD_THOROUGH"))
XS, YS = stream(STEPS)


@pytest.fixture(autouse=True)
def as_for_a_user(untyped: None) -> None:
    """Without checks of types and shapes: only our own errors."""


def begin(model: Guarded) -> LearnerState:
    return model.init(jax.random.key(0))


ALL = {"outlying": "drop", "loss": ("restart", "roll back", "lower")}


@pytest.mark.parametrize(
    ("rule", "influence", "delay"),
    [
        ("eprop", ("clip", "restart", "roll back", "lower"), 2),
        left("immediate", "restart", 0),
        left("uoro", "restart", 0),
        left("sparse shared random resampled", "restart", 0),
        left("tbptt 3", "lower", 1),
    ],
)
def test_where_nothing_is_found_it_is_the_learner_alone(rule, influence, delay) -> None:
    learner = learner_of(rule=rule_of(rule), delay=delay)
    model = Guarded(learner, Guards(**ALL, influence=influence, far=1e6, limit=1e6, keep=50))
    end, info = model.run(begin(model), XS, YS)
    expected_end, expected = learner.run(start(learner), XS, YS)
    # Two programs: to the bit where kernels are optimized as users have them.
    alike = assert_same if THOROUGH else assert_close
    alike(LearnerState(end.learner), expected_end)
    alike(info._replace(diagnostics=expected.diagnostics), expected)
    assert not info.diagnostics.any() and info.diagnostics.shape == (STEPS, len(model.reports))
    cut, told = begin(model), []
    for first, last in ((0, 1), (1, 120), (120, STEPS)):
        cut, some = model.run(cut, XS[first:last], YS[first:last])
        told.append(some.prediction)
    assert_same(cut, end)
    np.testing.assert_array_equal(np.concatenate(told), info.prediction)
    state, step = model.step(begin(model), XS[0], YS[0])
    predicted = model.predict(state, XS[1:3], YS[1:3])
    np.testing.assert_allclose(predicted[0], info.prediction[1])
    np.testing.assert_allclose(model.predict(state, XS[1], YS[1]), info.prediction[1])
    assert_same(step.prediction, info.prediction[0])


def test_an_outlying_number_is_told_or_taken_as_missing() -> None:
    xs, ys = XS.copy(), YS.copy()
    xs[200, 1], ys[230] = 500.0, -500.0
    learner = learner_of(feedback=True)
    warned = Guarded(learner, Guards("warn", None, None))
    _, info = warned.run(begin(warned), xs, ys)
    assert np.flatnonzero(info.diagnostics[:, 0]).tolist() == [200, 230]
    assert_same(info.prediction, learner.run(start(learner), xs, ys)[1].prediction)
    drops = Guarded(learner, Guards("drop", None, None))
    state, dropped = drops.run(begin(drops), xs, ys)
    assert_same(dropped.diagnostics, info.diagnostics)
    xs[200, 1], ys[230] = np.nan, np.nan
    end, expected = learner.run(start(learner), xs, ys)
    assert_same(dropped.prediction, expected.prediction)
    assert_same(LearnerState(state.learner), end)


def test_what_lasts_is_a_new_level_that_the_scale_follows() -> None:
    xs = XS.copy()
    xs[200:, 0] += 100
    model = Guarded(learner_of(), Guards("drop", None, None, patience=5))
    state, info = model.run(begin(model), xs, YS)
    far = np.flatnonzero(info.diagnostics[:, 0])
    assert far[:6].tolist() == list(range(200, 206)) and far[-1] < 250
    assert state.learner.counters.values[4] == 5, "the first five are filled in"
    assert state.learner.input_scale.moments.mean[0] > 10


def wild(first: int) -> np.ndarray:
    """Labels that nothing can predict any more."""
    ys = YS.copy()
    ys[first:] += np.where(np.arange(STEPS - first) % 2, 9, -9)[:, None]
    return ys


def test_a_loss_beyond_its_history_rolls_back_to_good_weights() -> None:
    learner, ys = learner_of(rule=rule_of("eprop")), wild(260)
    guards = Guards(None, ("roll back", "lower"), None, keep=50, fast=4, limit=4.0)
    model = Guarded(learner, guards)
    state, row, info = begin(model), 0, None
    state, _ = model.run(state, XS[:255], ys[:255])
    for row in range(255, STEPS):
        state, info = model.step(state, XS[row], ys[row])
        if info.diagnostics[0]:
            break
    assert 260 <= row < 270 and model.reports == ("loss",)
    good = learner.run(start(learner), XS[:250], ys[:250])[0]
    assert_same(state.learner.parameters, good.parameters)
    assert_same(state.learner.optimizer, good.optimizer)
    assert_same(state.learner.recurrent, np.zeros(5))
    assert not norm_of(copied(state.learner.carry), np.float64)
    for name, rate in learner.init(jax.random.key(0)).learning_rates.items():
        np.testing.assert_allclose(state.learner.learning_rates[name], 0.3 * rate)
    # The new level of noise is a history of its own, and is not told for ever.
    told = model.run(state, XS[row:], ys[row:])[1].diagnostics
    assert not told[: guards.first].any()


def test_weights_are_not_kept_while_losses_are_high() -> None:
    learner, ys = learner_of(), wild(245)
    guards = Guards(None, "roll back", None, keep=50, fast=32, limit=50.0)
    model = Guarded(learner, guards)
    state, info = model.run(begin(model), XS[:251], ys[:251])
    assert not info.diagnostics.any()
    good = learner.run(start(learner), XS[:200], ys[:200])[0]
    assert_same(state.good["parameters"], good.parameters)


GROWTH = {"growth": 1.02, "every": 4, "first": 5}


@pytest.mark.parametrize("act", ["clip", left("restart"), left("warn")])
def test_an_influence_beyond_its_history_is_told_clipped_or_restarted(act: Act) -> None:
    learner = learner_of(rule=rule_of("eprop"))
    model = Guarded(learner, Guards(None, None, act, **GROWTH))
    state, found = begin(model), 0
    for x, y in zip(XS[:120], YS[:120], strict=True):
        before = copied(state)
        state, info = model.step(state, x, y)
        if info.diagnostics[0]:
            found += 1
            norm = float(norm_of(copied(state.learner.carry), np.float64))
            limit = 1.02 * before.history.values[5]
            expected, _ = learner.step(
                LearnerState(jax.tree.map(jnp.asarray, before.learner)), x, y
            )
            free = float(norm_of(copied(expected.carry), np.float64))
            if act == "warn":
                assert norm == free
            if act == "restart":
                assert norm == 0 < free
            if act == "clip":
                past = float(norm_of(before.learner.carry, np.float64))
                np.testing.assert_allclose(norm / free, limit / past, rtol=1e-9)
                assert past > limit
    assert found > 2 and model.reports == ("influence",)


def test_a_history_is_what_its_formulas_say() -> None:
    guards = Guards(fast=4, memory=50, first=10, limit=3.0)
    losses = np.random.default_rng(0).exponential(size=80)
    losses[60] = 100.0
    history, no = History(jnp.zeros(8)), jnp.asarray(False)
    mean = square = newest = 0.0
    for count, loss in enumerate(losses):
        history, found = watch(guards, history, (jnp.asarray(True), jnp.asarray(loss)), no)
        newest += max(1 / (count + 1), 1 / 4) * (loss - newest)
        edge = mean + 3 * np.sqrt(square)
        assert bool(found.loss) == (count >= 10 and newest > edge)
        if found.loss:
            assert count == 60 and history.values[0] == 0
            break
        near = min(loss, edge) if count >= 10 else loss
        share, gap = max(1 / (count + 1), 1 / 50), near - mean
        mean, square = mean + share * gap, (1 - share) * (square + share * gap**2)
        np.testing.assert_allclose(history.values[1:4], [mean, square, newest], rtol=1e-12)
    else:
        raise AssertionError("nothing was found")


def test_only_influences_are_shortened_and_never_made_longer() -> None:
    learner = learner_of(rule=rule_of("sparse shared random resampled"))
    carry = jax.tree.map(lambda leaf: jnp.ones(leaf.shape, leaf.dtype), learner.shapes.carry)
    assert_same(shortened(carry, jnp.asarray(2.0)), carry)
    influence = learner_of(rule=rule_of("rtrl")).shapes.carry
    ones = jax.tree.map(lambda leaf: jnp.ones(leaf.shape, leaf.dtype), influence)
    assert differs(shortened(ones, jnp.asarray(0.5)), ones)
    np.testing.assert_allclose(
        norm_of(shortened(ones, jnp.asarray(0.25)), jnp.float64), norm_of(ones, jnp.float64) / 4
    )


@pytest.mark.matrix
def test_intervals_stand_around_a_guarded_learner() -> None:
    model = Conformal(Guarded(learner_of()))
    _, info, low, high = model.run(model.init(jax.random.key(0)), XS, YS)
    assert (low <= high)[50:].all() and info.diagnostics.shape == (STEPS, 1)
    classes = Guarded(learner_of(loss=CrossEntropy(3)))
    _, info = classes.run(begin(classes), XS, np.arange(STEPS)[:, None] % 3)
    assert not info.diagnostics.any()


def test_what_cannot_be_done_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^Expected loss among warn, restart, .*; got 'clip'\. Try"
    ):
        Guards(loss="clip")
    with pytest.raises(
        ValueError, match=r"^Expected outlying among warn, drop, or None; got 'fly'"
    ):
        Guards("fly")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=r"^Expected limit > 0; got nan\. Try limit=5\.0\."):
        Guards(limit=float("nan"))
    with pytest.raises(ValueError, match=r"^Expected lower_by <= 1; got 2\. Try lower_by=0\.3\."):
        Guards(lower_by=2)
    with pytest.raises(
        ValueError, match=r"^Expected every to be a positive integer; got 0\. Try ev"
    ):
        Guards(every=0)
    with pytest.raises(
        ValueError, match=r"^Expected a Learner to guard; got Guarded\. Try Guarded\("
    ):
        Guarded(Guarded(learner_of()))  # pyright: ignore[reportArgumentType]
    tbptt = learner_of(rule=rule_of("tbptt 3"))
    with pytest.raises(
        ValueError, match=r"^Expected a rule that carries an influence to clip; got "
    ):
        Guarded(learner_of(rule=rule_of("uoro")), Guards(influence="clip"))
    with pytest.raises(
        ValueError, match=r"^Expected a constant learning rate to lower; got an opt"
    ):
        Guarded(tbptt.replace(optimizer=optax.sgd(0.1), learning_rate=None), Guards(loss="lower"))
    with pytest.raises(
        ValueError, match=r"^Expected a learner that looks for missing features, to d"
    ):
        Guarded(learner_of(guard=False), Guards("drop"))
