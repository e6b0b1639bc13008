"""Sums of random Kronecker factors: exact in the mean at any rank, and with the least noise."""

import jax
import numpy as np
import pytest

from matrix import left
from onward import KFRTRL, RNN, OptimalKronecker
from oracles import case_of, relative

from .draws import step_of


@pytest.mark.parametrize("rank", [left(1), left(3), 7])
def test_a_kronecker_sum_of_any_rank_is_exact_in_the_mean(rank: int, monkeypatch) -> None:
    """Also of more terms than a matrix has columns."""
    step = step_of(OptimalKronecker(rank), "rnn", monkeypatch)
    expected = step.pushed + step.immediate
    assert relative(step.drawn.mean(axis=0), expected) < 1e-10
    assert (relative(step.drawn[0], expected) > 1e-2) == (rank < 5)
    # Terms beyond the rank of the influence: rounding alone is random, as its square root.
    assert rank < 7 or relative(step.drawn[0], expected) < 1e-6


def matrices(cell: str, influences: np.ndarray) -> list[np.ndarray]:
    """The influence on R and on W with a column for each presynaptic unit, (N·..., m)."""
    made = case_of(cell).cell
    sizes = np.cumsum([made.recurrent.size, made.input.size])
    parts = np.split(influences, sizes, axis=1)[:2]
    return [
        part.reshape(-1, weights.shape[-1])
        for part, weights in zip(parts, (made.recurrent, made.input), strict=True)
    ]


@pytest.mark.parametrize("cell", ["rnn", left("gru"), "lstm"])
def test_the_noise_of_random_kronecker_factors_is_the_least_for_their_lengths(
    cell: str, monkeypatch
) -> None:
    """|q l₀r₁ᵀ + l₁r₀ᵀ/q|² over all q > 0, for the terms X_i = l_i r_iᵀ."""
    step = step_of(KFRTRL(), cell, monkeypatch)
    pairs = zip(matrices(cell, step.pushed), matrices(cell, step.immediate), strict=True)
    least = sum(
        2 * (np.linalg.norm(old) * np.linalg.norm(new) + np.sum(old * new)) for old, new in pairs
    )
    np.testing.assert_allclose(step.noise, least, rtol=1e-5)


@pytest.mark.parametrize(
    ("cell", "rank"), [left("rnn", 1), ("rnn", 3), left("gru", 2), left("lstm", 2)]
)
def test_the_noise_of_an_optimal_kronecker_sum_is_the_least_there_is(
    cell: str, rank: int, monkeypatch
) -> None:
    """s²/(r - k) - Σ_{i>k} d_i² by the source's theorem, from the dense influence's d_i."""
    step = step_of(OptimalKronecker(rank), cell, monkeypatch)
    least = 0.0
    for matrix in matrices(cell, step.pushed + step.immediate):
        values = np.linalg.svd(matrix, compute_uv=False)[: rank + 1]
        kept = next(k for k in range(rank) if (rank - k) * values[k] <= values[k:].sum())
        least += values[kept:].sum() ** 2 / (rank - kept) - np.sum(values[kept:] ** 2)
    np.testing.assert_allclose(step.noise, least, rtol=1e-6)


class Partial(RNN):
    """A cell that says that it leaves a part of its Jacobian out."""

    @property
    def exact(self) -> bool:
        return False


@pytest.mark.parametrize("rule", [KFRTRL(), OptimalKronecker(2)], ids=str)
def test_of_a_partial_jacobian_the_mean_is_not_exact(rule) -> None:
    key = jax.random.key(0)
    assert rule.exactness(RNN(2, 3, key=key)) == "unbiased"
    assert rule.exactness(Partial(2, 3, key=key)) == "biased"


def test_a_rank_that_is_no_positive_integer_is_refused(untyped) -> None:
    for wrong in (0, -1, True, 2.5):
        with pytest.raises(
            ValueError, match=r"^Expected rank to be a positive integer; got .*4\.$"
        ):
            OptimalKronecker(wrong)
