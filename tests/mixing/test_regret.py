"""What weights lose to the best expert stays below what theory says, and can reach it."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward.mixing import Mixing
from onward.mixing.regret import share_bound
from onward.mixing.weights import judged, shares

LABELS, EXPERTS = 600, 5


def regret(losses: np.ndarray, share: float, lean: float = 0.0) -> np.ndarray:
    """Logarithmic losses of the mean of probabilities, less those of each expert, summed."""
    there = jnp.ones(losses.shape[1], bool)

    def label(weights: jax.Array, loss: jax.Array) -> tuple[jax.Array, jax.Array]:
        mixed = -jnp.log(jnp.sum(shares(weights, there) * jnp.exp(-loss)))
        return judged(weights, loss, there, 1.0, share), mixed

    begin = jnp.zeros(losses.shape[1]).at[-1].set(lean)
    _, mixed = jax.lax.scan(label, begin, jnp.asarray(losses))
    return np.asarray(mixed).sum() - losses.sum(axis=0)


def drawn(kind: str) -> np.ndarray:
    """Logarithmic losses, shape (labels, experts)."""
    random = np.random.default_rng(0)
    chances = random.uniform(0.05, 0.95, (LABELS, EXPERTS))
    if kind == "one is good":
        chances[:, 2] = 0.9
    if kind == "two take turns":
        turn = np.arange(LABELS) // 40 % 2
        chances[np.arange(LABELS), turn] = 0.99
        chances[np.arange(LABELS), 1 - turn] = 0.01
    return -np.log(chances)


@pytest.mark.parametrize("share", [0.0, 1e-3, 0.05])
@pytest.mark.parametrize("lean", [0.0, 6.0])
@pytest.mark.parametrize("kind", ["all alike", "one is good", "two take turns"])
def test_logarithmic_losses_stay_below_the_bound(kind: str, share: float, lean: float) -> None:
    lost = regret(drawn(kind), share, lean)
    assert lost.max() <= share_bound(LABELS, EXPERTS, share, lean=lean) + 1e-9


@pytest.mark.parametrize("labels", [1, 50])
@pytest.mark.parametrize("lean", [0.0, 3.0])
def test_the_bound_is_reached_where_all_others_are_wrong_each_time(
    labels: int, lean: float
) -> None:
    losses = np.full((labels, EXPERTS), 60.0)
    losses[:, 0] = 0
    lost = regret(losses, 0.02, lean)[0]
    assert lost == pytest.approx(share_bound(labels, EXPERTS, 0.02, lean=lean), rel=1e-12)


def test_no_weight_is_shared_without_the_cost_of_it() -> None:
    """Negative control: without the terms of the share the same losses are above the bound."""
    losses = np.full((LABELS, EXPERTS), 60.0)
    losses[:, 0] = 0
    assert regret(losses, 0.02)[0] > 5 * share_bound(LABELS, EXPERTS, 0.0)


def squares(reach: float, discount: float) -> tuple[float, float]:
    """What the mean loses more than the best expert in half squares, and the bound."""
    random = np.random.default_rng(1)
    truth = random.uniform(-reach, reach, LABELS) / 2
    said = random.uniform(-reach, reach, (LABELS, EXPERTS)) / 2
    said[:, 1] = truth + random.uniform(-0.05, 0.05, LABELS)
    losses, there = (said - truth[:, None]) ** 2 / 2, jnp.ones(EXPERTS, bool)
    weights, mean = jnp.zeros(EXPERTS), []
    for row, loss in zip(said, losses, strict=True):
        mean.append(float(shares(weights, there) @ row))
        weights = judged(weights, jnp.asarray(loss), there, discount, 1e-3)
    lost = np.sum((np.array(mean) - truth) ** 2 / 2) - losses.sum(axis=0).min()
    return lost, share_bound(LABELS, EXPERTS, 1e-3, discount)


@pytest.mark.parametrize("discount", [left(1.0), left(0.999), 0.97])
def test_half_squares_within_a_unit_stay_below_the_bound(discount: float) -> None:
    lost, bound = squares(math.sqrt(discount), discount)
    assert lost <= bound


def test_larger_errors_are_not_bound() -> None:
    """Half squares beyond a unit are not exp-concave, and one label can cost more."""
    there, said = jnp.ones(2, bool), jnp.array([0.0, 8.0])
    mean = shares(jnp.zeros(2), there) @ said
    assert float(mean) ** 2 / 2 > share_bound(1, 2, 0.0)


def test_a_mixing_has_the_bounds_of_two_levels_for_numbers_and_none_for_classes() -> None:
    mixing = Mixing()
    hedge = share_bound(1000, 17, mixing.share, lean=mixing.lean)
    top = share_bound(1000, mixing.hedges + 2, mixing.share, mixing.top_discount)
    assert mixing.regret_bound(1000, 17, True, False) == pytest.approx(hedge + top)
    assert mixing.regret_bound(1000, 17, False, False) < hedge + top
    assert mixing.regret_bound(1000, 17, True, True) is None
