"""What diagnostics find in pre-trained networks, at the moment of the shift."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from onward.learning.learner import Learner
from onward.learning.state import LearnerState
from papers.adaptation import Network, make_learner
from papers.lab import Lab
from papers.setting import FROZEN, Setting

# Reads a learner, its state and a stretch of samples and labels, as `onward.diagnose` does.
Diagnostic = Callable[[Learner, LearnerState, Any, Any], Sequence[float]]


def inspect(
    lab: Lab,
    setting: Setting,
    measures: str,
    diagnostic: Diagnostic,
    networks: Callable[[Lab, Setting], Sequence[Network]] = Lab.networks,
) -> np.ndarray:
    """Some numbers of each network, measured along the samples after the shift.

    Args:
        lab: has the networks.
        setting: what they were trained on, and what shifts.
        measures: names the numbers, and everything that they depend on besides the setting.
        diagnostic: measures them, with frozen weights.
        networks: makes one a seed; by default they are the pre-trained ones.

    Returns:
        Shape (numbers, seeds).
    """
    scaled = lab.scaled(setting)
    maker = networks.__name__
    what = {**scaled.as_dict(), "measures": measures, "of": maker, "seeds": list(lab.seeds)}

    def compute() -> np.ndarray:
        found = []
        for network in networks(lab, setting):
            learner = make_learner(scaled, FROZEN, network.seed)
            state = learner.init(jax.random.key(network.seed))
            state = state.replace(parameters=network.parameters, recurrent=network.recurrent)
            found.append(diagnostic(learner, state, *scaled.task.after(network.seed)))
        return np.array(found).T

    return lab.remembered(what, f"{scaled.cell} {scaled.size}: {measures}, {maker}", compute)
