"""What a network's Jacobian and gradients are like at the moment of the shift."""

from collections.abc import Mapping

import numpy as np

from onward import diagnose
from onward.rules import Immediate
from papers.multiverse.network import Network, Shape, frozen_state
from papers.tasks.base import Phase

# Samples that are measured on.
ROWS = 100
CONDITION, DIAGONAL = "condition number of J", "mean diagonal of J"
NORMS, SQUARES = "output's gradient by the recurrent's, norm", "the same, squares per parameter"


def at_the_shift(shape: Shape, network: Network, after: Phase) -> Mapping[str, float]:
    """The median condition number of J over 16 samples, the mean of J's diagonal, and how far the
    readout's gradient is above the recurrent weights', as a norm of the group and as the mean
    square of a parameter; under the immediate rule, with frozen weights."""
    learner, state = frozen_state(shape, network)
    xs, ys = after.x[:ROWS], after.y[:ROWS]
    spectrum = diagnose.spectrum(learner, state, xs, ys, lengths=(1,))
    own = diagnose.self_propagation(learner, state, xs, ys).mean
    norms = diagnose.gradient_norms(learner, state, xs, ys, Immediate())
    place = [norms.groups.index(name) for name in ("readout.weight", "cell.recurrent")]
    squares = norms.typical[place] ** 2
    whole = norms.typical[place] * np.sqrt(norms.sizes[place])
    return {
        CONDITION: float(np.median(spectrum.condition_number)),
        DIAGONAL: float(own),
        NORMS: float(whole[0] / whole[1]),
        SQUARES: float(squares[0] / squares[1]),
    }
