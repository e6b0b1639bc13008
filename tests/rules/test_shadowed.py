"""A rule that is watched trains as if it were not, and what is reported is the truth."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import INPUTS, make_cell
from learning.examples import assert_close, assert_same, learner_of, start, stream
from matrix import left, on
from onward import (
    DNI,
    RFLO,
    RTRL,
    TBPTT,
    UORO,
    EligibilityTrace,
    EProp,
    Immediate,
    ImpossiblePairError,
    Learner,
    ReadoutOnly,
    Shadowed,
    SparseRTRL,
)
from oracles import case_of

from .walk import closed_form, walk_of

# With a delay those that keep derivatives, a window to replay, and something that labels teach.
WATCHED = [
    left(Immediate(), 0),
    left(SparseRTRL(2), 0),
    left(DNI(), 0),
    left(ReadoutOnly(), 0),
    left(EligibilityTrace(0.5), 2),
    left(TBPTT(3), 2),
    (DNI(), 2),
    left(EProp(), 2),
]


BY_STRUCTURE = [
    on(cell, rule="shadowed rtrl")
    for cell in ("rnn", "lru", "gru reset before", "lstm", "undeclared")
]


@pytest.mark.parametrize(("rule", "delay"), WATCHED, ids=str)
def test_training_is_that_of_the_rule_alone(rule, delay, monkeypatch) -> None:
    # The shadow does not fit into one kernel; alone the rule is not to be one either.
    monkeypatch.setattr(Learner, "in_one_kernel", False)
    xs, ys = stream(15)
    ys[6] = np.nan
    xs[9, 0] = np.nan
    alone, watched = (
        learner_of("gru", rule=rule, delay=delay) for rule in (rule, Shadowed(rule, RTRL()))
    )
    plain, expected = alone.run(start(alone), xs, ys)
    state, found = watched.run(start(watched), xs, ys)
    # But for what XLA joins in one program and not in the other.
    assert_close(state.parameters, plain.parameters)
    assert_close(found.prediction, expected.prediction)
    assert_close(found.loss, expected.loss)
    known = np.isfinite(found.diagnostics).all(axis=1)
    assert known.any() != isinstance(rule, ReadoutOnly)
    assert not known[: delay + (delay > 0)].any()


@pytest.mark.parametrize("cell", BY_STRUCTURE)
def test_cosine_and_norm_ratio_are_those_of_the_two_closed_forms(cell) -> None:
    case = case_of(cell)
    own, exact = (closed_form(rule, case, None) for rule in (EligibilityTrace(0.5), RTRL()))
    norms = np.linalg.norm(own, axis=1), np.linalg.norm(exact, axis=1)
    cosine = np.sum(own * exact, axis=1) / (norms[0] * norms[1])
    found = walk_of(cell, "shadowed trace").carries.agreement
    np.testing.assert_allclose(found, np.stack([cosine, norms[0] / norms[1]], 1), rtol=1e-10)
    assert np.abs(cosine - 1).max() > 1e-2


@pytest.mark.parametrize("cell", BY_STRUCTURE)
def test_the_exact_rule_agrees_with_itself(cell) -> None:
    found = walk_of(cell, "shadowed rtrl").carries.agreement
    np.testing.assert_allclose(found, 1, rtol=1e-12)


@pytest.mark.matrix
def test_with_late_labels_the_two_gradients_of_the_same_sample_are_compared() -> None:
    learner = learner_of(rule=Shadowed(RTRL(), RTRL()), delay=2)
    found = learner.run(start(learner), *stream(10))[1].diagnostics
    np.testing.assert_allclose(found[-5:], 1, rtol=1e-12)


def test_reports_come_live_and_hold_between_labels() -> None:
    learner = learner_of(rule=Shadowed(Shadowed(Immediate(), Immediate()), RTRL()))
    xs, ys = stream(10)
    ys[[0, 1, 6]] = np.nan
    found = np.asarray(learner.run(start(learner), xs, ys)[1].diagnostics)
    assert learner.parts.rule.reports == ("cosine", "norm_ratio") * 2
    # Until the readout has left zero no credit comes through it, and there is nothing to compare.
    assert np.isnan(found[:4]).all()
    np.testing.assert_allclose(found[4:, :2], 1, rtol=1e-12)
    np.testing.assert_array_equal(found[6], found[5])
    assert (found[7:, 2] != found[6:-1, 2]).all()
    assert (np.abs(found[4:, 2]) < 1).all()


def test_a_shadow_that_has_diverged_starts_afresh() -> None:
    cell, rule = make_cell("rnn"), Shadowed(EligibilityTrace(0.5), RTRL())
    state, x = cell.init_state(), jnp.ones(INPUTS)
    first = rule.init(cell, state, x, jax.random.key(0))
    carry = rule.advance(cell, first, state, x)
    broken = carry._replace(shadow=jax.tree.map(lambda leaf: leaf + jnp.inf, carry.shadow))
    adapted = rule.adapt(cell, broken, broken, jnp.ones(5))
    assert np.isnan(adapted.agreement[0])
    assert_same(adapted.shadow, first.shadow)
    assert_same(adapted.own, carry.own)
    assert_same(rule.adapt(cell, carry, carry, jnp.ones(5)).shadow, carry.shadow)


def test_a_shadow_that_learns_from_labels_learns() -> None:
    cell, rule = make_cell("rnn"), Shadowed(Immediate(), DNI())
    state, x, signal = cell.init_state(), jnp.ones(INPUTS), jnp.ones(5)
    due = rule.advance(cell, rule.init(cell, state, x, jax.random.key(0)), state, x)
    newest = rule.advance(cell, due, cell(state, x), 2 * x)
    adapted = rule.adapt(cell, newest, due, signal)
    alone = DNI().adapt(cell, newest.shadow, due.shadow, signal)
    assert_same(adapted.shadow, alone)
    assert np.any(alone.predictor != newest.shadow.predictor)


def test_a_rule_and_its_shadow_draw_apart() -> None:
    """A random rule that is watched by its like would agree with it, drew both the same."""
    cell, rule = make_cell("rnn"), Shadowed(UORO(), UORO())
    key = jax.random.key(0)
    first = rule.init(cell, cell.init_state(), jnp.ones(INPUTS), key)
    assert np.any(first.own.key != first.shadow.key)
    assert_same(first.own, UORO().init(cell, cell.init_state(), jnp.ones(INPUTS), key))


def test_what_is_impossible_for_either_is_refused() -> None:
    for rule in (Shadowed(RFLO(), RTRL()), Shadowed(Immediate(), RFLO())):
        with pytest.raises(ImpossiblePairError, match=r"^Expected a cell each of whose param"):
            learner_of("skip", rule=rule)
    cell = make_cell("rnn")
    assert Shadowed(RTRL(), Immediate()).exactness(cell) == "exact"
    assert Shadowed(Immediate(), RTRL()).exactness(cell) == "biased"
