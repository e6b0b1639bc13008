"""CapyMOA's models, with their own defaults; they run in Java."""

import math
from typing import Any

import numpy as np
from capymoa.classifier import StreamingGradientBoostedTrees
from capymoa.core import LabeledInstance, RegressionInstance
from capymoa.regressor import SOKNL
from capymoa.stream import Schema

from benchmarks.streams.peers.protocol import Answer, Job, answer, pass_over

MODELS: dict[str, tuple[Any, Any]] = {
    "gradient boosted trees": (StreamingGradientBoostedTrees, None),
    "SOKNL": (None, SOKNL),
}


class OfCapymoa:
    """A model behind arrays."""

    def __init__(self, kind: Any, features: int, classes: int, seed: int):
        names = [f"x{column}" for column in range(features)]
        categories = {"y": [str(one) for one in range(classes)]} if classes else None
        self.schema = Schema.from_custom([*names, "y"], "y", categories)
        self.model, self.classes = kind(schema=self.schema, random_seed=seed), classes

    def predict(self, x: np.ndarray) -> float:
        said = self.model.predict(self._instance(x, 0.0))
        return math.nan if said is None else float(said)

    def learn(self, x: np.ndarray, y: float) -> None:
        self.model.train(self._instance(x, y))

    def _instance(self, x: np.ndarray, y: float) -> Any:
        if self.classes:
            return LabeledInstance.from_array(self.schema, x, int(y))
        return RegressionInstance.from_array(self.schema, x, np.float64(y))


def run(job: Job) -> Answer:
    """Predictions from the features and the newest label."""
    of_classes, of_numbers = MODELS[job.contestant]
    kind = of_classes if job.classes else of_numbers
    features = job.x.shape[1] + max(job.classes, 1)
    return pass_over(OfCapymoa(kind, features, job.classes, job.seed), job, fed=True)


if __name__ == "__main__":
    answer(run)
