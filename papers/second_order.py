"""What a second-order readout reads from the states of an untrained network."""

import jax
import numpy as np

from onward.cells import derive
from onward.learning.learner import Learner
from onward.readouts import RecursiveLeastSquares
from onward.rules import ReadoutOnly
from onward.scales import Unscaled
from papers.adaptation import make_cell
from papers.lab import Lab
from papers.setting import Setting

# So weak that it hides nothing: what lies eight samples back moves a state by a thousandth.
PRIOR = 1e-6
NAME = "least squares on untrained states"


def untrained_least_squares(lab: Lab, setting: Setting) -> np.ndarray:
    """The task's errors of recursive least squares on the states of a network that is as it was
    drawn: what the state carries, whether or not a first-order readout finds it.

    Nothing is forgotten, for the weights rest and the task does not change.

    Returns:
        Shape (seeds, measures).
    """
    scaled = lab.scaled(setting)
    what = {**scaled.as_dict(), "opponent": NAME, "seeds": list(lab.seeds)}

    def compute() -> np.ndarray:
        return np.stack([_read(scaled, seed) for seed in lab.seeds])

    return lab.remembered(what, f"{NAME}, {scaled.task.about}", compute)


def _read(setting: Setting, seed: int) -> np.ndarray:
    cell, (x, y) = make_cell(setting, seed), setting.task.after(seed)
    learner = Learner(
        cell,
        y.shape[1],
        loss=setting.task.loss,
        rule=ReadoutOnly(),
        readout=RecursiveLeastSquares(
            derive.emitted_size(cell),
            y.shape[1],
            forgetting=1.0,
            regularisation=PRIOR,
            dtype=cell.dtype,
        ),
        scale=Unscaled(),
    )
    _, info = learner.run(learner.init(jax.random.key(seed)), x, y)
    return setting.task.errors(np.asarray(info.prediction), y)
