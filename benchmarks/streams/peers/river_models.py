"""River's models, as its own benchmarks set them, with and without the newest label."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from river import ensemble, forest, linear_model, multiclass, neighbors, preprocessing, tree

from benchmarks.streams.peers.protocol import Answer, Job, answer, pass_over

# What a name ends in where a contestant does not see the newest label.
ALONE = ", x alone"
NEIGHBOURS, WINDOW = 5, 500


def alma(seed: int) -> Any:
    """For two classes; one model a class stands in for more."""
    return multiclass.OneVsRestClassifier(linear_model.ALMAClassifier())


def nearest(kind: Callable[..., Any], seed: int) -> Any:
    """By distance in standard deviations, within a window of rows."""
    return kind(NEIGHBOURS, engine=neighbors.LazySearch(WINDOW))


def leveraging(seed: int) -> Any:
    """Ten Hoeffding trees."""
    return ensemble.LeveragingBaggingClassifier(tree.HoeffdingTreeClassifier(), seed=seed)


# Those that need standardised features where classes are told apart; of numbers, all do.
SCALED = ("ALMA", "k-NN")
# Of each name the model of classes and that of numbers.
MODELS: dict[str, tuple[Callable[..., Any] | None, Callable[..., Any] | None]] = {
    "adaptive random forest": (forest.ARFClassifier, forest.ARFRegressor),
    "random patches": (ensemble.SRPClassifier, ensemble.SRPRegressor),
    "ALMA": (alma, None),
    "adaptive tree": (
        tree.HoeffdingAdaptiveTreeClassifier,
        tree.HoeffdingAdaptiveTreeRegressor,
    ),
    "leveraging bagging": (leveraging, None),
    "k-NN": (
        partial(nearest, neighbors.KNNClassifier),
        partial(nearest, neighbors.KNNRegressor),
    ),
}


class OfRiver:
    """A model of River behind arrays."""

    def __init__(self, model: Any):
        self.model = model

    def predict(self, x: np.ndarray) -> float:
        said = self.model.predict_one(dict(enumerate(x.tolist())))
        return math.nan if said is None else float(said)

    def learn(self, x: np.ndarray, y: float) -> None:
        # Its models of numbers want a float, those of classes anything that is hashed.
        self.model.learn_one(dict(enumerate(x.tolist())), y)


def run(job: Job) -> Answer:
    """Predictions of the model that a job names."""
    name, fed = job.contestant.removesuffix(ALONE), not job.contestant.endswith(ALONE)
    of_classes, of_numbers = MODELS[name]
    make = of_classes if job.classes else of_numbers
    assert make is not None, f"{name} is for classes only"
    model = make(seed=job.seed)
    if name in SCALED or not job.classes:
        model = preprocessing.StandardScaler() | model
    return pass_over(OfRiver(model), job, fed)


if __name__ == "__main__":
    answer(run)
