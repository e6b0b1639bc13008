"""A learner beside its frozen copy: when it is put back, and what it never loses."""

from typing import Any

import jax
import numpy as np
import pytest

from learning.examples import FEATURES, assert_same, copied, differs, learner_of, start, stream
from matrix import left
from onward import (
    BPTT,
    CrossEntropy,
    Frozen,
    Learner,
    LearnerState,
    Observation,
    SessionMoments,
    begin_session,
)
from onward.safety.balance import Safeguard
from onward.safety.checkpoints import CheckpointStore
from onward.safety.guarded import Guarded
from onward.safety.guards import Guards
from onward.safety.safeguarded import Safeguarded

from .examples import rule_of

STEPS, CUT, WINDOW, MARGIN = 2000, 1500, 20, 0.1
RATE = 0.005
HARM = slice(1600, 1640)


@pytest.fixture(autouse=True)
def as_for_a_user(untyped: None) -> None:
    """Without checks of types and shapes: only our own errors."""


def harmful(targets: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A stream that can be learnt, with a stretch of labels that lie."""
    xs, ys = stream(STEPS, targets)
    ys[HARM] = -4 * ys[HARM] + 3
    return xs, ys


def learnt(learner: Learner) -> LearnerState:
    """A state that has seen the beginning of the stream, as copies that can be used twice."""
    xs, ys = harmful(learner.targets)
    return copied(learner.run(start(learner), xs[:CUT], ys[:CUT])[0])


def begun(model: Safeguarded, state: LearnerState) -> LearnerState:
    return model.begin(jax.tree.map(jax.numpy.asarray, state))


def rest(targets: int = 1) -> tuple[np.ndarray, np.ndarray]:
    xs, ys = harmful(targets)
    return xs[CUT:], ys[CUT:]


@pytest.mark.parametrize(
    ("rule", "delay"),
    [("immediate", 2), left("uoro", 0), left("tbptt 3", 2), left("readout only", 0)],
)
def test_until_it_is_put_back_it_is_the_learner_alone(rule: str, delay: int) -> None:
    learner = learner_of(rule=rule_of(rule), delay=delay)
    state, (xs, ys) = learnt(learner), rest()
    model = Safeguarded(learner, Safeguard(WINDOW, 1e6))
    end, info = model.run(begun(model, state), xs, ys)
    expected_end, expected = learner.run(jax.tree.map(jax.numpy.asarray, state), xs, ys)
    assert_same(LearnerState(end.learner), expected_end)
    assert_same(info._replace(diagnostics=expected.diagnostics), expected)
    assert not info.diagnostics[:, -2:].any()
    # The copy is the learner as it was, which has only gone on listening.
    still = learner.replace(rule=Frozen())
    assert_same(end.frozen.parameters, state.parameters)
    assert_same(end.frozen.input_scale, expected_end.input_scale)
    assert model.reports[-2:] == ("fallback", "put back") and still.targets == model.targets


def test_a_learner_in_blocks_takes_late_labels() -> None:
    """Whose waiting samples hold what the copy's rule does not ask for."""
    learner = learner_of(rule=BPTT(), delay=2, every=5)
    state, (xs, ys) = learnt(learner), rest()
    model = Safeguarded(learner, Safeguard(WINDOW, 1e6))
    _, info = model.run(begun(model, state), xs, ys)
    _, expected = learner.run(jax.tree.map(jax.numpy.asarray, state), xs, ys)
    assert_same(info.prediction, expected.prediction)


def excesses(told: np.ndarray, still: np.ndarray) -> np.ndarray:
    """What one prediction has lost more than another, weighted exponentially."""
    mean, means = 0.0, []
    for excess in told - still:
        mean += (excess - mean) / WINDOW
        means.append(mean)
    return np.array(means)


@pytest.fixture(scope="module")
def harmed() -> dict[str, Any]:
    learner = learner_of(learning_rate=RATE)
    state, (xs, ys) = learnt(learner), rest()
    model = Safeguarded(learner, Safeguard(WINDOW, MARGIN))
    end, info = model.run(begun(model, state), xs, ys)
    plain = learner.run(jax.tree.map(jax.numpy.asarray, state), xs, ys)[1]
    never = Safeguarded(learner, Safeguard(WINDOW, 1e6))
    frozen = LearnerState(begun(never, state).fields.frozen)
    still = learner.replace(rule=Frozen()).run(frozen, xs, ys)[1]
    return {"info": info, "plain": plain, "still": still, "end": end, "model": model}


def test_it_never_loses_more_than_the_margin_and_one_label(harmed) -> None:
    info, still, plain = harmed["info"], harmed["still"], harmed["plain"]
    most = MARGIN + (info.loss - still.loss).max() / WINDOW
    assert excesses(info.loss, still.loss).max() <= most + 1e-12
    assert excesses(plain.loss, still.loss).max() > 1.5 * most, "nothing was to be prevented"


def test_the_copy_predicts_until_the_learner_is_as_good_again(harmed) -> None:
    info, still = harmed["info"], harmed["still"]
    fallback, back = info.diagnostics.T > 0
    first = int(np.argmax(back))
    inside = slice(HARM.start - CUT, HARM.stop - CUT + WINDOW)
    assert inside.start < first < inside.stop and not fallback[: first + 1].any()
    # Labels that lied have left weights behind that looked good; the copy's own help out.
    assert back.sum() > 1 and fallback[first + 1] and not fallback[250:].any()
    np.testing.assert_array_equal(info.prediction[fallback], still.prediction[fallback])
    np.testing.assert_array_equal(info.loss[fallback], still.loss[fallback])
    assert_same(info.prediction[:first], harmed["plain"].prediction[:first])
    assert differs(info.prediction[~fallback], still.prediction[~fallback])


def test_it_is_put_back_to_weights_that_were_good() -> None:
    learner = learner_of(learning_rate=RATE)
    state, (xs, ys) = learnt(learner), rest()
    model = Safeguarded(learner, Safeguard(WINDOW, MARGIN))
    moved, before, kept = begun(model, state), None, None
    for x, y in zip(xs, ys, strict=True):
        before = copied({name: moved.good[name] for name in ("parameters", "optimizer")})
        moved, info = model.step(moved, x, y)
        if info.diagnostics[-1]:
            kept = before
            break
    assert kept is not None
    assert_same(moved.learner.parameters, kept["parameters"])
    assert_same(moved.learner.optimizer, kept["optimizer"])
    assert differs(kept["parameters"], state.parameters), "it has learnt before"


@pytest.mark.parametrize("delay", [left(0), 2])
def test_it_does_not_matter_how_the_samples_are_cut(delay: int) -> None:
    learner = learner_of(learning_rate=RATE, delay=delay, targets=2)
    state, (xs, ys) = learnt(learner), rest(2)
    model = Safeguarded(learner, Safeguard(WINDOW, MARGIN))
    end, info = model.run(begun(model, state), xs, ys)
    assert info.diagnostics[:, -1].any()
    cut, told = begun(model, state), []
    for first, last in ((0, 90), (90, 91), (91, 170), (170, len(xs))):
        cut, some = model.run(cut, Observation(xs[first:last], ys[first:last]))
        told.append(some)
    assert_same(cut, end)
    assert_same([np.concatenate(each) for each in zip(*told, strict=True)], list(info))
    one, _ = model.run(begun(model, state), xs[:110], ys[:110])
    for row in range(110, 140):
        predicted = model.predict(one, xs[row], ys[row])
        several = model.predict(one, xs[row : row + 2], ys[row : row + 2])
        one, step = model.step(one, xs[row], ys[row])
        np.testing.assert_array_equal(step.prediction, info.prediction[row])
        np.testing.assert_allclose(predicted, step.prediction, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(several[0], step.prediction, rtol=1e-12, atol=1e-12)


@pytest.mark.matrix
def test_where_the_learner_has_no_prediction_the_copy_has() -> None:
    learner = learner_of()
    model = Safeguarded(learner)
    xs, ys = rest()
    state = begun(model, learnt(learner))
    fields = state.fields
    broken = jax.tree.map(lambda leaf: leaf * np.nan, fields.learner.parameters)
    state = state.replace(learner=LearnerState(fields.learner).replace(parameters=broken).fields)
    assert np.isfinite(model.predict(state, xs[0])).all()
    for x, y in zip(xs[:5], ys[:5], strict=True):
        state, info = model.step(state, x, y)
        assert np.isfinite(info.prediction).all() and info.diagnostics[0] == 1
    assert np.isfinite(jax.tree.leaves(copied(state.learner.parameters))[0]).all()


def test_classes_and_guards_and_the_store(tmp_path) -> None:
    learner = learner_of(loss=CrossEntropy(3))
    xs, ys = stream(STEPS)[0], np.arange(STEPS)[:, None] % 3
    model = Safeguarded(Guarded(learner, Guards("drop", ("roll back", "lower"))), Safeguard(WINDOW))
    assert model.reports == ("outlying", "loss", "fallback", "put back")
    state, info = model.run(model.init(jax.random.key(0)), xs, ys)
    assert info.prediction.shape == (STEPS, 3) and np.isfinite(info.prediction[1:]).all()
    store = CheckpointStore(tmp_path)
    store.save(model, state, STEPS)
    found = store.latest()
    assert found is not None and found.learner == model and hash(found.learner) == hash(model)
    assert_same(found.state, state)
    _, again = found.learner.run(found.state, xs, ys)
    assert_same(again, model.run(state, xs, ys)[1])


@pytest.mark.matrix
@pytest.mark.parametrize("delay", [left(0), 3])
def test_a_label_that_a_guard_drops_is_no_breakdown(delay: int) -> None:
    learner = learner_of(learning_rate=RATE, delay=delay)
    model = Safeguarded(Guarded(learner, Guards("drop", None, None)), Safeguard(WINDOW, 1.0))
    state = model.begin(model.learner.begin(learnt(learner)))
    xs, ys = (array[CUT:] for array in stream(STEPS, 1))
    ys = np.roll(ys, delay, axis=0)
    ys[[20, 90, 91]] = 1e4
    state, info = model.run(state, xs, ys)
    told = dict(zip(model.reports, info.diagnostics.T, strict=True))
    assert told["outlying"].sum() >= 3
    assert not told["put back"].any() and not told["fallback"].any()
    inner = LearnerState(state.fields.learner.learner)
    broken = jax.tree.map(lambda leaf: leaf * np.nan, inner.fields.parameters)
    guarded = LearnerState(state.fields.learner).replace(
        learner=inner.replace(parameters=broken).fields
    )
    state, info = model.run(state.replace(learner=guarded.fields), xs[:10], ys[:10])
    assert np.isfinite(info.prediction).all()
    assert dict(zip(model.reports, info.diagnostics.T, strict=True))["put back"].any()


def test_what_it_cannot_be_around_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^Expected a Learner, or a Guarded one; got int\. Try Saf"
    ):
        Safeguarded(3)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=r"^Expected settings of type Safeguard; got Guards\("):
        Safeguarded(learner_of(), Guards())  # pyright: ignore[reportArgumentType]
    with pytest.raises(
        ValueError, match=r"^Expected window to be a positive integer; got 0\. Try "
    ):
        Safeguard(0)
    with pytest.raises(ValueError, match=r"^Expected margin > 0; got -1\. Try margin=0\.01\."):
        Safeguard(margin=-1)
    model = Safeguarded(learner_of())
    with pytest.raises(ValueError, match=r"^Expected a state of this learner; got one of another"):
        model.step(start(learner_of()), np.zeros(FEATURES), [1.0])
    state = start(learner_of())
    learner_of().step(state, np.zeros(FEATURES), [1.0])
    with pytest.raises(ValueError, match=r"^Expected a state that no step has consumed; "):
        model.begin(state)
    assert repr(model).startswith("Safeguarded(Learner(")


def test_a_session_begins_for_the_learner_and_for_its_copy() -> None:
    learner = learner_of(rule=rule_of("eprop"), scale=SessionMoments(prior_strength=5.0))
    state, (xs, ys) = learnt(learner), rest()
    model = Safeguarded(learner, Safeguard(WINDOW, 1e6))
    lived, _ = model.run(begun(model, state), xs, ys)
    after = begin_session(model, lived)
    for one in (after.learner, after.frozen):
        assert not np.any(one.recurrent), "the state begins afresh"
        np.testing.assert_array_equal(one.input_scale.count, 5.0)
    assert_same(LearnerState(after.learner), begin_session(learner, LearnerState(lived.learner)))
    assert_same(after.frozen.parameters, lived.frozen.parameters)
    # What is given is kept, and both go on.
    model.run(after, xs, ys)
    model.run(lived, xs, ys)


@pytest.mark.parametrize("delay", [1, left(3)])
def test_a_frozen_copy_that_predicts_is_shown_no_label_that_a_guard_drops(delay: int) -> None:
    learner = learner_of(learning_rate=RATE, delay=delay, feedback=True)
    model = Safeguarded(Guarded(learner, Guards("drop", None, None)), Safeguard(WINDOW, MARGIN))
    state = model.begin(model.learner.begin(learnt(learner)))
    xs, ys = rest()
    kept = copied(state)
    _, info = model.run(state, xs, ys)
    told = dict(zip(model.reports, info.diagnostics.T, strict=True))
    at = int(np.flatnonzero(told["fallback"])[0]) + 1
    state, _ = model.run(jax.tree.map(jax.numpy.asarray, kept), xs[:at], ys[:at])
    said = model.predict(state, xs[at], np.full(1, 1e4))
    without = model.predict(state, xs[at], np.full(1, np.nan))
    assert not np.array_equal(without, model.predict(state, xs[at], ys[at])), "labels are read"
    _, info = model.step(state, xs[at], np.full(1, 1e4))
    told = dict(zip(model.reports, info.diagnostics, strict=True))
    assert told["fallback"] and told["outlying"]
    np.testing.assert_allclose(said, info.prediction, rtol=1e-12)
    np.testing.assert_allclose(said, without, rtol=1e-12)
