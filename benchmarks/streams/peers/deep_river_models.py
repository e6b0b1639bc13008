"""deep-river's LSTM on standardised features, and labels where they are numbers."""

import math
from typing import Any

import numpy as np
import torch
from deep_river.classification import LSTMClassifier
from deep_river.regression import LSTMRegressor
from river import preprocessing

from benchmarks.streams.peers.protocol import Answer, Job, answer, pass_over

# As many units as Onward's default has, and the optimizer that is its own default for numbers.
UNITS, OPTIMIZER, RATE = 64, "adam", 1e-3


def model_of(job: Job) -> Any:
    """The pipeline for a stream."""
    features = job.x.shape[1] + max(job.classes, 1)
    common = {"hidden_size": UNITS, "optimizer_fn": OPTIMIZER, "lr": RATE, "seed": job.seed}
    if job.classes:
        learner = LSTMClassifier(features, n_init_classes=job.classes, **common)
    else:
        learner = preprocessing.TargetStandardScaler(LSTMRegressor(features, **common))
    return preprocessing.StandardScaler() | learner


class OfDeepRiver:
    """A model behind arrays."""

    def __init__(self, model: Any, classes: int):
        self.model, self.classes = model, classes

    def predict(self, x: np.ndarray) -> float:
        said = self.model.predict_one(as_mapping(x))
        return math.nan if said is None else float(said)

    def learn(self, x: np.ndarray, y: float) -> None:
        self.model.learn_one(as_mapping(x), int(y) if self.classes else y)


def as_mapping(x: np.ndarray) -> dict[str, float]:
    """Features by name, which are text for deep-river."""
    return {f"x{column}": value for column, value in enumerate(x.tolist())}


def run(job: Job) -> Answer:
    """Predictions from the features and the newest label."""
    torch.manual_seed(job.seed)
    # On steps as small as these, several threads wait for each other.
    torch.set_num_threads(1)
    return pass_over(OfDeepRiver(model_of(job), job.classes), job, fed=True)


if __name__ == "__main__":
    answer(run)
