"""How members are weighed, against plain NumPy and closed forms in float64."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward.learning.one_kernel import fits
from onward.mixing import Mixing, Opinions
from onward.mixing.stacker import Stack
from onward.mixing.weights import judged, shares
from oracles import jit

from .reference import Reference, Stacker, normalised, shared

MEMBERS, ROWS = 4, 120
MIXING = Mixing(discounts=(0.9, 0.99, 1.0), forgetting=(0.97, 1.0), prior=3.0, memory=30.0)


def stream(classes: bool, seed: int = 0):
    """What members say, who is there, labels, which of them are known, and weights."""
    random = np.random.default_rng(seed)
    there = random.random((ROWS, MEMBERS)) < 0.8
    there[3] = False
    weights = random.choice([0.0, 0.5, 1.0, 3.0], ROWS)
    if classes:
        labels = np.eye(3)[random.integers(0, 3, ROWS)]
        said = labels[:, None] * random.random((MEMBERS, 1)) + random.random((ROWS, MEMBERS, 3))
        said = said / said.sum(axis=-1, keepdims=True)
        known = np.repeat(random.random((ROWS, 1)) < 0.8, 3, axis=1)
    else:
        labels = np.cumsum(random.normal(size=(ROWS, 2)), axis=0) * [1, 100]
        errors = random.normal(size=(ROWS, MEMBERS, 2)) * np.arange(1, 5)[:, None]
        said = labels[:, None] + (0.3 + errors) * [1, 100]
        said[50] += 1e4
        known = random.random((ROWS, 2)) < 0.7
    return said, there, labels, known, weights


@partial(jit, static_argnums=(0, 1, 2))
def run(mixing, classes, favourite, said, there, labels, known, weights):
    """All predictions, what each member is trusted before each, and the last state."""

    def step(state, row):
        said, there, label, known, weight = row
        prediction, spoken = mixing.speak(state, Opinions(said, there), classes)
        weight = jnp.where(jnp.any(known) & jnp.any(there), weight, 0)
        after = mixing.learn(state, spoken, label, known, weight, classes, 0.5)
        return after, (prediction, mixing.trust(state, there))

    state = mixing.init(said.shape[1], said.shape[2], said.dtype, favourite)
    return jax.lax.scan(step, state, (said, there, labels, known, weights))[::-1]


@pytest.mark.parametrize(
    ("favourite", "classes"), [(None, False), (2, True), left(None, True), left(2, False)]
)
def test_predictions_are_those_of_the_definition(classes, favourite) -> None:
    rows = stream(classes)
    reference = Reference(MIXING, MEMBERS, rows[0].shape[2], classes, favourite)
    expected = []
    for said, there, label, known, weight in zip(*rows, strict=True):
        expected.append(reference.speak(said, there))
        reference.learn(label, known, weight if there.any() else 0.0, rate=0.5)
    (found, _), state = _run(MIXING, classes, *rows, favourite)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(np.exp(state.hedges), np.exp(reference.hedges), rtol=1e-9)
    for stack, each in zip(state.stacks, reference.stackers, strict=True):
        information = np.linalg.inv(stack.roots @ np.swapaxes(stack.roots, 1, 2))
        np.testing.assert_allclose(information, [one.information for one in each], rtol=1e-7)
    # The control: of other settings it is another prediction.
    (other, _), _ = _run(Mixing(), classes, *rows, favourite)
    assert np.abs(other - found).max() > 1e-3


@partial(jit, static_argnums=(0, 3))
def speak(mixing, state, opinions, classes):
    return mixing.speak(state, opinions, classes)


def _run(mixing, classes, *rows):
    *rows, favourite = rows
    found = run(mixing, classes, favourite, *map(jnp.asarray, rows))
    return jax.tree.map(np.asarray, found)


def test_shares_are_the_softmax_of_those_that_are_there() -> None:
    random = np.random.default_rng(0)
    logarithms = 50 * random.normal(size=(3, 5))
    there = np.array([True, False, True, True, False])
    found = shares(jnp.asarray(logarithms), jnp.asarray(there))
    np.testing.assert_allclose(found, [normalised(one, there) for one in logarithms], rtol=1e-12)
    nobody = shares(jnp.asarray(logarithms), jnp.zeros(5, bool))
    np.testing.assert_array_equal(nobody, np.zeros((3, 5)))
    steep = shares(jnp.asarray([1e30, -1e30]), jnp.asarray([False, True]))
    np.testing.assert_array_equal(steep, [0, 1])


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_who_is_absent_keeps_its_weight(scale) -> None:
    random = np.random.default_rng(0)
    logarithms, losses = random.normal(size=5), scale * (1 + random.random(5))
    there = np.array([True, False, True, True, False])
    after = judged(jnp.asarray(logarithms), jnp.asarray(losses), jnp.asarray(there), 1.0, 0.0)
    before = normalised(logarithms, there | True)
    found = normalised(np.asarray(after), there | True)
    np.testing.assert_allclose(found[~there], before[~there], rtol=1e-9)
    assert np.abs(found[there] - before[there]).max() > 0.01
    np.testing.assert_allclose(found.sum(), 1)
    nobody = judged(jnp.asarray(logarithms), jnp.asarray(losses), jnp.zeros(5, bool), 1.0, 0.0)
    np.testing.assert_allclose(np.exp(nobody), before, rtol=1e-12)


def test_weights_are_judged_as_defined() -> None:
    random = np.random.default_rng(1)
    logarithms, losses = random.normal(size=(2, 5)), random.random(5)
    there, discounts = random.random(5) < 0.6, np.array([[0.9], [1.0]])
    before, loss = jnp.asarray(logarithms), jnp.asarray(losses)
    found = judged(before, loss, jnp.asarray(there), jnp.asarray(discounts), 0.01)
    expected = [
        shared(one, losses, there, discount, 0.01)
        for one, discount in zip(logarithms, discounts[:, 0], strict=True)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def mixed(losses: np.ndarray, share: float) -> float:
    """What the probability by exponential weights costs in all."""

    def step(logarithms, loss):
        there = jnp.ones(loss.shape, bool)
        lost = -jnp.log(shares(logarithms, there) @ jnp.exp(-loss))
        return judged(logarithms, loss, there, 1.0, share), lost

    start = jnp.zeros(losses.shape[1])
    return float(jax.jit(lambda all_: jax.lax.scan(step, start, all_)[1])(losses).sum())


def test_the_regret_is_within_its_bound() -> None:
    random, rows, members, share = np.random.default_rng(0), 600, 8, 1e-2
    losses = random.exponential(size=(rows, members))
    # Another member is best in each third.
    best = np.repeat([1, 4, 1], rows // 3)
    losses[np.arange(rows), best] *= 0.1
    kept = rows * -np.log1p(-share)
    always = losses.sum(axis=0).min()
    assert mixed(losses, share) <= always + np.log(members) + kept
    assert mixed(losses, 0.0) <= always + np.log(members) + 1e-9
    followed = losses[np.arange(rows), best].sum()
    bound = followed + 3 * np.log(members) + 2 * np.log(1 / share) + 2 * share * rows
    assert mixed(losses, share) <= bound
    # The controls: without a share the best one is not followed, without weights none is.
    assert mixed(losses, 0.0) > bound
    assert -np.log(np.exp(-losses).mean(axis=1)).sum() > bound


@pytest.mark.parametrize("forgetting", [1.0, 0.95])
def test_the_stacker_is_weighted_ridge_regression_in_closed_form(forgetting) -> None:
    random, rows = np.random.default_rng(0), 60
    features, targets = random.normal(size=(rows, 3)), random.normal(size=(rows, 1))
    weights, known = random.choice([0.0, 0.5, 2.0], rows), random.random((rows, 1)) < 0.7
    # With forgetting the prior that comes back does not count where it is weak.
    prior = 2.0 if forgetting == 1 else 1e-9
    stack = Stack.fresh(1, 2, prior, np.float64)
    learn = jax.jit(lambda stack, *row: stack.learnt(*row, forgetting=forgetting, prior=prior))
    for row in range(rows):
        stack = learn(stack, features[row][None], targets[row], known[row], weights[row])
    weights = np.where(known[:, 0], weights, 0)
    age = forgetting ** (weights.sum() - np.cumsum(weights))
    own = features * (weights * age)[:, None]
    information = own.T @ features + (prior * np.eye(3) if forgetting == 1 else 0)
    expected = np.linalg.solve(information, own.T @ targets[:, 0])
    np.testing.assert_allclose(stack.coefficients[0], expected, rtol=1e-6)
    control = np.linalg.solve(features.T @ features, features.T @ targets[:, 0])
    assert np.abs(control - expected).max() > 1e-2


def test_the_prior_of_every_coefficient_comes_back_where_labels_alternate() -> None:
    prior, random = 5.0, np.random.default_rng(0)
    stack = Stack.fresh(2, 3, prior, np.float64)
    learn = jax.jit(lambda stack, *row: stack.learnt(*row, forgetting=0.9, prior=prior))
    references = [Stacker(4, 0.9, prior), Stacker(4, 0.9, prior)]
    for row in range(400):
        # Nothing but the first deviation is ever seen.
        features = np.zeros((2, 4))
        features[:, 0] = random.normal(size=2)
        known = np.array([row % 2 == 0, row % 2 == 1])
        stack = learn(stack, features, np.ones(2), known, np.ones(()))
        references[row % 2].learn(features[row % 2], 1.0, 1.0)
    inverse = np.asarray(stack.roots @ jnp.swapaxes(stack.roots, 1, 2))
    assert inverse.max() < 2 / prior
    for found, reference in zip(inverse, references, strict=True):
        np.testing.assert_allclose(np.linalg.inv(found), reference.information, rtol=1e-7)


def test_trust_is_the_derivative_of_the_prediction() -> None:
    rows = stream(False)
    (_, trusted), state = _run(MIXING, False, *rows, None)
    np.testing.assert_allclose(trusted[rows[1].any(axis=1)].sum(axis=1), 1, rtol=1e-10)
    random = np.random.default_rng(0)
    there = jnp.asarray([True, True, False, True])
    state, units = jax.tree.map(jnp.asarray, state), np.sqrt(state.errors)
    said = units * random.normal(size=(MEMBERS, 2))

    @jit
    def predicted(said):
        return MIXING.speak(state, Opinions(said, there), False)[0]

    slopes = np.zeros((MEMBERS, 2))
    for member in range(MEMBERS):
        for output in range(2):
            step = np.zeros_like(said)
            step[member, output] = 1e-4 * units[output]
            change = (predicted(said + step) - predicted(said - step))[output]
            slopes[member, output] = change / (2e-4 * units[output])
    found = MIXING.trust(state, there)
    np.testing.assert_allclose(found, slopes.mean(axis=1), atol=1e-7)
    assert found[2] == 0 and np.abs(found - 0.25).max() > 0.01


def test_before_the_first_label_the_favourite_stands() -> None:
    said = jnp.asarray([[1.0], [5.0], [9.0]])
    opinions = Opinions(said, jnp.ones(3, bool))
    mixing = Mixing(lean=6.0)
    found, _ = speak(mixing, mixing.init(3, 1, np.float64, favourite=2), opinions, False)
    np.testing.assert_allclose(found, [9.0])
    # Of probabilities nobody's is far from another's.
    opinions = opinions._replace(said=jnp.asarray([[0.1, 0.9], [0.3, 0.7], [0.8, 0.2]]))
    mixing = Mixing(lean=6.0, forgetting=())
    plain, _ = speak(mixing, mixing.init(3, 2, np.float64), opinions, True)
    np.testing.assert_allclose(plain, [0.4, 0.6])
    leaning, _ = speak(mixing, mixing.init(3, 2, np.float64, favourite=2), opinions, True)
    share = np.exp(6) / (np.exp(6) + 2)
    np.testing.assert_allclose(leaning[0], share * 0.8 + (1 - share) * 0.2)


@pytest.mark.parametrize("wild", [1e3, 1e8, 1e30, -1e100])
def test_a_member_that_runs_off_moves_the_prediction_by_little(wild) -> None:
    said, there, labels, known, _ = stream(False)
    rows = there | True, labels, known, np.ones(ROWS)
    said[50] -= 1e4
    (plain, _), _ = _run(Mixing(), False, said, *rows, 0)
    said = said.copy()
    said[:, 3] = wild
    (found, trusted), state = _run(Mixing(), False, said, *rows, 0)
    gaps = (found - labels)[5:] / [1, 100]
    assert np.sqrt(np.mean(gaps**2)) < 1.5 * np.sqrt(
        np.mean(((plain - labels)[5:] / [1, 100]) ** 2)
    )
    assert trusted[-1, 3] < 0.05
    assert (np.sqrt(state.errors) < [10, 1000]).all()


@pytest.mark.shapes
@pytest.mark.parametrize("classes", [False, True])
def test_a_label_of_weight_0_changes_nothing_and_shapes_stay(
    classes, dtype: Any = np.float32
) -> None:
    said, there, labels, known, _ = stream(classes)
    state = MIXING.init(MEMBERS, said.shape[2], dtype, 1)
    given = (jnp.asarray(one, dtype) for one in (said[0], labels[0]))
    said, label = given
    _, spoken = speak(MIXING, state, Opinions(said, jnp.asarray(there[0])), classes)
    learn = jax.jit(partial(MIXING.learn, classes=classes, rate=1.0))

    def learnt(weight):
        return learn(state, spoken, label, jnp.asarray(known[0]), jnp.asarray(weight, dtype))

    jax.tree.map(np.testing.assert_array_equal, learnt(0.0), state)
    kinds = lambda tree: jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), tree)  # noqa: E731
    moved = learnt(1.0)
    assert kinds(moved) == kinds(state)
    assert not np.array_equal(moved.hedges, state.hedges)
    assert fits(learn, state, spoken, label, jnp.asarray(known[0]), jnp.ones((), dtype)) or (
        jax.default_backend() != "cpu"
    )


@pytest.mark.parametrize("weight", [1e-30, 1e6])
def test_hostile_opinions_labels_and_weights_leave_numbers(weight) -> None:
    random = np.random.default_rng(0)
    said = random.choice([1e17, -1e17, 0.0, 1e-30], (ROWS, MEMBERS, 2))
    labels = random.choice([1e17, -1e17, 0.0, 1e-30], (ROWS, 2))
    there, known = (random.random(shape) < 0.7 for shape in ((ROWS, MEMBERS), (ROWS, 2)))
    weights = random.choice([0.0, 1.0, weight], ROWS)
    single = [
        one.astype(np.float32) if one.dtype != bool else one
        for one in (said, there, labels, known, weights)
    ]
    with jax.debug_nans(True):
        found = _run(MIXING, False, *single, None)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(found))


def test_settings_are_shown_and_equal() -> None:
    assert Mixing() == Mixing() and hash(Mixing()) == hash(Mixing())
    assert Mixing() != MIXING and Mixing(share=0.1) != Mixing()
    assert "discounts=(0.9, 0.99, 1.0), forgetting=(0.97, 1.0), share=0.001" in repr(MIXING)
    assert MIXING.hedges == 4


@pytest.mark.parametrize("name", ["discounts", "forgetting"])
@pytest.mark.parametrize("value", [(0.0,), (1.1,), [0.9]])
def test_settings_that_are_no_shares_are_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"Expected {name} as a tuple of numbers in \(0, 1\]"):
        Mixing(**{name: value})


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"top_discount": 0.0}, r"Expected 0 < top_discount <= 1; got 0\.0"),
        ({"share": 1.0}, r"Expected 0 <= share < 1; got 1\.0"),
        ({"prior": 0.0}, r"Expected prior > 0; got 0\.0"),
        ({"memory": -1}, r"Expected memory > 0; got -1"),
        ({"lean": "much"}, r"Expected lean >= 0; got 'much'"),
        ({"discounts": ("a",)}, r"Expected discounts as a tuple of numbers in \(0, 1\]"),
    ],
)
def test_other_settings_are_refused_in_words(settings: dict, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Mixing(**settings)
