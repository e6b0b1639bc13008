"""Learners whose steps are in units of the output, and learners whose errors are bounded."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import onward
from matrix import left, named
from onward import (
    RTRL,
    CrossEntropy,
    FactoredTransformation,
    JointTransformation,
    Observation,
    Optimizer,
    ReadoutOnly,
    RecursiveLeastSquares,
    Unscaled,
)
from onward.algebra import materialise

from .examples import (
    all_finite,
    assert_close,
    assert_same,
    copied,
    differs,
    learner_of,
    start,
    stream,
)
from .reference import SlowLearner

OPTIMIZERS = {
    "intentional": Optimizer("intentional"),
    "overshooting-bounded": Optimizer("overshooting-bounded"),
    "bounded": Optimizer("rmsprop", bound=3.0),
    "all at once": Optimizer("intentional", weight_decay=1e-3, clip=1.0, bound=2.0),
    "one part": Optimizer({"cell": "sgd", "readout": "intentional"}, bound=2.0),
}


def by_optimizer(*kept: str) -> pytest.MarkDecorator:
    """Over all of them; those that are not named are left to `make test-all`."""
    return pytest.mark.parametrize("optimizer", named(OPTIMIZERS, *kept))


def moving(optimizer: Optimizer, **options):
    return learner_of("rnn", optimizer=optimizer, learning_rate=None, **options)


@pytest.fixture(autouse=True)
def as_for_a_user(untyped: None) -> None:
    """Without checks of types and shapes, which take longer than what is tested here."""


@pytest.mark.parametrize("name", [left("intentional"), left("overshooting-bounded"), "all at once"])
def test_run_is_step_and_shapes_stay(name: str) -> None:
    learner = moving(OPTIMIZERS[name], targets=2, delay=2, feedback=True)
    xs, ys = stream(12, targets=2)
    ys[3, 0] = ys[5] = np.nan
    weight = np.linspace(0, 2, 12)
    ran, infos = learner.run(start(learner), Observation(xs, ys, weight=weight))
    state = start(learner)
    for t in range(12):
        state, _ = learner.step(state, Observation(xs[t], ys[t], weight=weight[t]))
        learner.admit(state)
    assert_close(state, ran)
    assert infos.learnt.sum() == 9
    assert differs(state.parameters["cell"], learner.parameters["cell"])


@by_optimizer("overshooting-bounded", "bounded")
@pytest.mark.parametrize("dtype", [np.float32, left(np.float64)])
def test_an_error_of_a_billion_leaves_the_weights_finite(optimizer: Optimizer, dtype) -> None:
    learner = moving(optimizer, dtype=dtype, scale=Unscaled())
    xs, ys = stream(40)
    ys[20:23] = [[1e9], [-1e9], [1e9]]
    state, info = learner.run(start(learner), xs.astype(dtype), ys.astype(dtype))
    assert all_finite([state.parameters, state.optimizer, info.prediction])
    assert not info.skipped.any()


@by_optimizer("overshooting-bounded")
def test_what_is_saved_goes_on_alike(optimizer: Optimizer, tmp_path: Path) -> None:
    learner = moving(optimizer)
    xs, ys = stream(10)
    state, _ = learner.run(start(learner), xs, ys)
    onward.save(tmp_path / "one", learner, state)
    loaded, restored = onward.load(tmp_path / "one")
    assert loaded == learner
    assert_same(restored, state)
    assert_same(loaded.run(restored, xs, ys), learner.run(state, xs, ys))


def test_classes_are_learnt() -> None:
    xs, ys = stream(400)
    classes = np.digitize(ys, [-0.3, 0.3]).astype(float)
    for name in ("intentional", "overshooting-bounded"):
        learner = moving(Optimizer(name, bound=3.0), loss=CrossEntropy(3))
        _, info = learner.run(start(learner), xs, classes)
        assert info.loss[-100:].mean() < 0.9 * np.log(3)


def test_a_joint_transformation_is_handed_all_parts_and_the_slope() -> None:
    seen = []

    def update(updates, state, params=None, *, value, slope, **extra):
        seen.append((sorted(updates), slope.shape))
        return jax.tree.map(jnp.zeros_like, params), state

    both = moving(Optimizer(JointTransformation(lambda params: (), update)), targets=2)
    xs, ys = stream(2, targets=2)
    both.run(start(both), xs, ys)
    assert seen[0] == (["cell", "readout"], (2,))
    seen.clear()
    apart = moving(
        Optimizer(optax.GradientTransformationExtraArgs(lambda params: (), update)), targets=2
    )
    apart.run(start(apart), xs, ys)
    assert {tuple(names) for names, _ in seen} == {("cell",), ("readout",)}
    alone = moving(both.parts.optimizer, readout=RecursiveLeastSquares)
    seen.clear()
    alone.run(start(alone), xs, ys[:, :1])
    assert {tuple(names) for names, _ in seen} == {("cell",)}


def test_a_factored_transformation_is_handed_the_slope_beside_one_of_output() -> None:
    def update(updates, state, params=None, *, slope, **extra):
        return jax.tree.map(lambda leaf: -jnp.sum(slope**2) * leaf, materialise(updates)), state

    factored = FactoredTransformation(lambda params: (), update)
    learner = moving(Optimizer({"cell": factored, "readout": "intentional"}))
    xs, ys = stream(10)
    state, _ = learner.run(start(learner), xs, ys)
    assert differs(state.parameters["cell"], learner.parameters["cell"])


def test_a_bounded_error_is_the_textbooks() -> None:
    rate, bound = 0.05, 1.5
    learner = late(Optimizer("sgd", rate, bound=bound))
    slow, state = SlowLearner(learner, rate, "rtrl", delay=1), start(learner)
    xs, ys = stream(30, targets=2)
    ys[4], ys[6, 1], ys[10], ys[20] = np.nan, np.nan, 50.0, -50.0
    weights, square, count, shortened = np.linspace(0.5, 2, 30), 0.0, 0, 0
    for x, y, weight in zip(xs, ys, weights, strict=True):
        state, info = learner.step(state, Observation(x, y, weight=weight))
        if slow.waiting and not np.isnan(y).all():
            sample = slow.waiting[0]
            error = np.where(np.isnan(y), 0, slow.read(sample["hidden"], sample["x"]) - y)
            factor = min(1.0, bound * np.sqrt(square) / np.linalg.norm(error)) if count else 1.0
            square += max(0.01, 1 / (1 + count)) * (factor**2 * np.sum(error**2) - square)
            count, shortened = count + 1, shortened + (factor < 1)
            # The slow learner learns the error from its label to the output.
            y = y + (1 - weight * factor) * error
        np.testing.assert_allclose(info.prediction, slow.step(x, y), rtol=1e-9, atol=1e-12)
    assert 3 < shortened < 20
    assert float(state.optimizer["error"]) == pytest.approx(square, rel=1e-9)


def late(optimizer: Optimizer):
    return moving(optimizer, delay=1, scale=Unscaled(), rule=RTRL(), targets=2)


@pytest.mark.matrix
def test_a_bound_that_nothing_reaches_changes_nothing_and_none_has_no_state() -> None:
    xs, ys = stream(30, targets=2)
    plain, wide = (late(Optimizer("sgd", 0.05, bound=bound)) for bound in (None, 1e6))
    (state, _), (wide_state, _) = (one.run(start(one), xs, ys) for one in (plain, wide))
    assert_close(wide_state.parameters, state.parameters)
    assert "error" not in state.optimizer


def test_a_sample_that_is_not_learnt_leaves_the_size_of_errors() -> None:
    learner = late(Optimizer("sgd", 0.05, bound=1.5))
    xs, ys = stream(10, targets=2)
    state = start(learner)
    for x, y in zip(xs, ys, strict=True):
        state, _ = learner.step(state, x, y)
    before = copied(state.optimizer["error"])
    for x, y in ((xs[0], [np.nan, np.nan]), (xs[0], [np.inf, np.nan]), (xs[0], [1e300, 1e300])):
        state, info = learner.step(state, x, y)
        assert not info.learnt
    assert copied(state.optimizer["error"]) == before > 0


def test_a_clip_shortens_what_an_intentional_step_removes() -> None:
    x, y = np.array([0.4, -1.2]), np.array([0.8])

    def removed(clip: float | None) -> tuple[float, float]:
        optimizer = Optimizer("intentional", 0.4, clip=clip)
        learner = moving(optimizer, rule=ReadoutOnly(), scale=Unscaled())
        state, info = learner.step(start(learner), x, y)
        _, readout = learner.parts.model(state.parameters)
        after = readout(learner.cell.emit(state.recurrent, x), x)
        return float(1 - (after - y)[0] / (info.prediction - y)[0]), float(info.gradient_norm)

    whole, norm = removed(None)
    half, _ = removed(norm / 2)
    assert (whole, half) == pytest.approx((0.4, 0.2), rel=1e-12)


@pytest.mark.parametrize(("name", "rate"), [("intentional", 0.2), ("rmsprop", 5e-4)])
def test_a_rate_of_the_output_is_the_same_for_however_many_inputs(name: str, rate: float) -> None:
    cell = onward.RNN(1000, 2, key=jax.random.key(0))
    assert onward.Learner(cell, optimizer=name).parts.optimizer.rates == (("", rate),)
