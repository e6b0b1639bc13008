"""What diagnostics find in pre-trained networks, at the moment of the shift."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from onward.learner import Learner
from onward.reproduce.adaptation import make_learner
from onward.reproduce.lab import Lab
from onward.reproduce.setting import FROZEN, Setting
from onward.state import LearnerState

# Reads a learner, its state and a stretch of samples and labels, as `onward.diagnose` does.
Diagnostic = Callable[[Learner, LearnerState, Any, Any], Sequence[float]]


def inspect(
    lab: Lab, setting: Setting, measures: str, diagnostic: Diagnostic, trained: bool = True
) -> np.ndarray:
    """Some numbers of each network, measured along the samples after the shift.

    Args:
        lab: has the networks.
        setting: what they were trained on, and what shifts.
        measures: names the numbers, and everything that they depend on besides the setting.
        diagnostic: measures them, with frozen weights.
        trained: or else with the weights from before any training.

    Returns:
        Shape (numbers, seeds).
    """
    scaled = lab.scaled(setting)
    what = {**scaled.as_dict(), "measures": measures, "trained": trained, "seeds": list(lab.seeds)}

    def compute() -> np.ndarray:
        networks = lab.networks(setting) if trained else [None] * len(lab.seeds)
        found = []
        for seed, network in zip(lab.seeds, networks, strict=True):
            learner = make_learner(scaled, FROZEN, seed)
            state = learner.init(jax.random.key(seed))
            if network is not None:
                state = state.replace(parameters=network.parameters, recurrent=network.recurrent)
            found.append(diagnostic(learner, state, *scaled.task.after(seed)))
        return np.array(found).T

    return lab.remembered(what, f"{scaled.cell} {scaled.size}: {measures}", compute)
