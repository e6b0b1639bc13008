"""How much exponential weights with fixed share lose to the best of their experts, at most."""

import math


def share_bound(
    labels: float, experts: int, share: float, discount: float = 1.0, lean: float = 0.0
) -> float:
    """How much more than any one expert their mean by weights with fixed share loses, at most.

        log(N - 1 + e^lean) + (T - 1) (log(1 / (1 - α + α / N)) + (1 - γ) log N)

    for N experts and T labels. The first term is what it costs to begin with weights that know
    nothing. At each label after the first, an expert keeps the share 1 - α + α / N of its weight at
    least, and a discount takes it towards the others, by (1 - γ) log N at most.

    It holds where the losses are exp-concave with the constant 1 / γ, which is to say where
    exp(-loss / γ) is a concave function of the prediction. Logarithmic losses are with γ = 1. Half
    squares are where every expert is within √γ of every label, in the units of the squares. It
    holds for labels that arrive before the next prediction is made, with the weight 1.

    Exactness: an upper bound. Cost: a few operations.

    Args:
        labels: T, how many there were.
        experts: N.
        share: α, what of the weight is dealt out anew at each label, in [0, 1).
        discount: γ of past losses, in (0, 1].
        lean: the logarithm of how much more one of the experts weighs before the first label.

    Reference: Herbster & Warmuth (1998), Machine Learning 32, for a sequence of one expert and
    with a share that a weight also gives to itself. The term of the discount is ours: a weight
    wᵞ / Σ wᵞ is at least w Nᵞ⁻¹, as Σ wᵞ ≤ N¹⁻ᵞ.
    """
    begin = math.log(experts - 1 + math.exp(lean))
    kept = -math.log1p(-share * (1 - 1 / experts))
    return begin + max(labels - 1, 0) * (kept + (1 - discount) * math.log(experts))
