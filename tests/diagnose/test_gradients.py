"""Norms, alignment and credit horizon against backpropagation by plain autodiff."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward import (
    RTRL,
    TBPTT,
    EligibilityTrace,
    Immediate,
    MemoryBudgetError,
    ReadoutOnly,
    Unscaled,
)
from onward.diagnose import (
    alignment,
    alignments,
    credit_horizon,
    gradient_norms,
    record,
    self_propagation,
    spectrum,
)

from .stretches import (
    Linear,
    Stretch,
    gradients_of,
    plain_learner,
    stretch_of,
    stretch_with,
    vectors_of,
)

PLAIN = {"scale": Unscaled(), "optimizer": "sgd", "learning_rate": 1e-2}


@pytest.mark.matrix
@pytest.mark.parametrize("name", [left("rnn"), left("lstm"), "skip"])
def test_norms_are_those_of_backpropagation(name: str) -> None:
    stretch = stretch_of(name, **PLAIN)
    expected = [
        [np.linalg.norm(leaf) for leaf in jax.tree.leaves(gradient)]
        for gradient in gradients_of(stretch)
    ]
    found = gradient_norms(*stretch, rule=RTRL())
    np.testing.assert_allclose(found.norms, expected, rtol=1e-10, atol=1e-13)
    sizes = [leaf.size for leaf in jax.tree.leaves(stretch.state.parameters)]
    assert list(found.sizes) == sizes
    typical = np.sqrt(np.mean(np.square(expected), axis=0) / sizes)
    np.testing.assert_allclose(found.typical, typical, rtol=1e-10)
    own = gradient_norms(*stretch)
    assert np.abs(own.norms - expected).max() > 1e-4, "immediate derivatives are not exact"


def test_groups_are_named_as_in_learning_rates() -> None:
    found = gradient_norms(*stretch_of("rnn"))
    cell = ("cell.recurrent", "cell.input", "cell.bias")
    assert found.groups == (*cell, "readout.weight", "readout.direct", "readout.bias")
    found = gradient_norms(*stretch_of("rnn"), rule=ReadoutOnly())
    assert {group.split(".")[0] for group in found.groups} == {"readout"}


@pytest.mark.matrix
def test_the_norms_of_the_learner_itself() -> None:
    """All groups together are the norm that a step reports; with late, fed-back labels too."""
    stretch = stretch_of("gru", delay=2, feedback=True)
    found = gradient_norms(*stretch)
    state = stretch.state.replace(learning_rates={"": jnp.zeros(())})
    _, info = stretch.learner.run(state, stretch.xs, stretch.ys)
    total = np.sqrt(np.sum(found.norms**2, axis=1))
    np.testing.assert_allclose(total[:-2], info.gradient_norm[2:], rtol=1e-10)
    assert np.isnan(total[-2:]).all()


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.sum(one * other) / np.sqrt(np.sum(one**2) * np.sum(other**2)))


def immediate_vectors(stretch: Stretch) -> np.ndarray:
    """dL_t/dθ with s_{t-1} held fixed: backpropagation through stretches of one sample."""
    learner, state, xs, ys = stretch
    found = []
    for row in range(len(xs)):
        here = Stretch(learner, state, xs[row : row + 1], ys[row : row + 1])
        found.append(vectors_of(gradients_of(here))[0])
        cell, _ = learner.parts.model(state.parameters)
        state = state.replace(recurrent=cell(state.recurrent, jnp.asarray(xs[row])))
    return np.stack(found)


@pytest.mark.parametrize("name", [left("rnn"), "skip"])
def test_alignment_is_the_cosine_with_backpropagation(name: str) -> None:
    stretch = stretch_of(name, **PLAIN)
    exact, immediate = vectors_of(gradients_of(stretch)), immediate_vectors(stretch)
    found = alignment(*stretch, Immediate())
    for row, (one, other) in enumerate(zip(immediate, exact, strict=True)):
        np.testing.assert_allclose(found.cosine[row], cosine(one, other), rtol=1e-10)
        ratio = np.linalg.norm(one) / np.linalg.norm(other)
        np.testing.assert_allclose(found.norm_ratio[row], ratio, rtol=1e-10)
    np.testing.assert_allclose(found.overall_cosine, cosine(immediate, exact), rtol=1e-10)
    whole = np.linalg.norm(immediate) / np.linalg.norm(exact)
    np.testing.assert_allclose(found.overall_norm_ratio, whole, rtol=1e-10)
    assert found.overall_cosine < 0.999
    horizon = credit_horizon(*stretch, windows=(1, 8))
    np.testing.assert_allclose(horizon.cosine[0], cosine(immediate[8:], exact[8:]), rtol=1e-10)
    whole = np.linalg.norm(immediate[8:]) / np.linalg.norm(exact[8:])
    np.testing.assert_allclose(horizon.norm_ratio[0], whole, rtol=1e-10)


def test_exact_rules_are_aligned_with_each_other_only() -> None:
    stretch = stretch_of("rnn", feedback=True, delay=2)
    for rule in (RTRL(), TBPTT(len(stretch.xs))):
        found = alignment(*stretch, rule)
        np.testing.assert_allclose(found.cosine[:-2], 1, rtol=1e-10)
        np.testing.assert_allclose(found.norm_ratio[:-2], 1, rtol=1e-10)
        assert np.isnan(found.cosine[-2:]).all(), "their labels come after the stretch"
        assert found.overall_cosine == pytest.approx(1, abs=1e-10)
    assert alignment(*stretch, EligibilityTrace(0.9)).overall_cosine < 0.999
    shadow = alignment(*stretch, Immediate(), shadow=TBPTT(1))
    assert shadow.overall_cosine == pytest.approx(1, abs=1e-10)


def shift_register(length: int) -> Stretch:
    """A cell that forgets everything after `length` steps, and a readout of its last place."""
    learner = plain_learner(Linear(np.eye(length, k=-1)))
    learner, _, xs, ys = stretch_with(learner, rows=60)
    state = learner.init(jax.random.key(0))
    weight = jnp.linspace(0.5, 2, length)[None]
    parameters = eqx.tree_at(lambda parts: parts["readout"].weight, state.parameters, weight)
    return Stretch(learner, state.replace(parameters=parameters), xs, ys)


@pytest.mark.parametrize("memory", [left(1), 3, left(5)])
def test_the_credit_horizon_of_a_known_memory(memory: int) -> None:
    """A^memory = 0: backpropagation through so many steps is exact, and through fewer is not."""
    found = credit_horizon(*shift_register(memory), windows=range(1, 8))
    short = np.arange(1, 8) < memory
    np.testing.assert_allclose(found.cosine[~short], 1, rtol=1e-10)
    np.testing.assert_allclose(found.norm_ratio[~short], 1, rtol=1e-10)
    assert (found.cosine[short] < 0.99).all()
    assert (np.diff(found.cosine[: memory - 1]) > 0).all()
    assert found.reach(1 - 1e-9) == memory


@pytest.mark.matrix
def test_the_credit_horizon_is_the_alignment_beyond_the_longest_window() -> None:
    stretch = stretch_of("rnn", rows=30)
    found = credit_horizon(*stretch, windows=(1, 2, 8))
    aligned = alignment(*stretch, TBPTT(2))
    assert (aligned.cosine[:2] > 1 - 1e-10).all(), "exact within the window"
    assert found.cosine[0] < found.cosine[1] < found.cosine[2] < 1 - 1e-9
    assert found.reach(2.0) is None


def test_a_learner_that_has_not_learnt_has_no_credit_horizon() -> None:
    """Its readout is zero, so that no label reaches the cell."""
    stretch = stretch_of(rows=30)
    fresh = stretch._replace(state=stretch.learner.init(jax.random.key(0)))
    message = r"gradient of the cell that is not zero; got zero in all 30 samples\. Try running"
    with pytest.raises(ValueError, match=message):
        credit_horizon(*fresh, windows=(1, 8))
    assert np.isfinite(credit_horizon(*stretch, windows=(1, 8)).cosine).all()


DIAGNOSTICS = {
    "alignment": lambda *stretch: alignment(*stretch, Immediate()),
    "alignments": lambda *stretch: alignments(*stretch, [Immediate()]),
    "credit_horizon": credit_horizon,
    "gradient_norms": gradient_norms,
    "record": record,
    "self_propagation": self_propagation,
    "spectrum": spectrum,
}


@pytest.mark.parametrize("name", DIAGNOSTICS)
def test_what_is_no_learner_is_refused(name: str, untyped) -> None:
    learner, *rest = stretch_of()
    with pytest.raises(ValueError, match=r"^Expected learner of type Learner; got RNN"):
        DIAGNOSTICS[name](learner.cell, *rest)


def test_what_cannot_be_compared_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stretch = stretch_of()
    with pytest.raises(ValueError, match=r"give the cell a gradient; got ReadoutOnly\. Try Imm"):
        alignment(*stretch, ReadoutOnly())
    with pytest.raises(ValueError, match=r"more than 14 samples, .*; got 14\. Try a longer"):
        credit_horizon(*stretch, windows=(1, 14))
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("M", (), {"available": 100}))
    message = r"what RTRL carries, now and next .*\)\. Try a smaller hidden size"
    with pytest.raises(MemoryBudgetError, match=message):
        alignment(*stretch, Immediate())
