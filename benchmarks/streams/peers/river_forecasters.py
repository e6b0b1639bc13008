"""River's forecasters: of several settings, the one that turns out best on the whole stream.

That choice looks ahead, in favour of the peer: none of its settings would have done better.
"""

import math
import time
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from river import linear_model, optim, preprocessing, time_series

from benchmarks.streams.peers.protocol import Answer, Job, answer, filled
from benchmarks.streams.scoring import error_of, score_of

ORDERS, RATES = ((1, 0, 0), (3, 1, 1), (12, 1, 1)), (0.01, 0.1)
LEVELS, TRENDS, SEASONS = (0.1, 0.3, 0.5, 0.7, 0.95), (0.01, 0.1), (0.1, 0.6)


def snarimax(job: Job) -> Iterator[tuple[Any, bool]]:
    """Models, and whether they see the features, which are known before a label at horizon 0."""
    for (p, d, q), rate, shown in product(ORDERS, RATES, (False, True)):
        if shown and job.horizon:
            continue
        seasons = ((0, 0, 0), (1, 1, 1)) if job.season > 1 else ((0, 0, 0),)
        for sp, sd, sq in seasons:
            regressor = preprocessing.StandardScaler() | linear_model.LinearRegression(
                optimizer=optim.SGD(rate), intercept_lr=rate
            )
            yield time_series.SNARIMAX(p, d, q, job.season, sp, sd, sq, regressor), shown


def holt_winters(job: Job) -> Iterator[tuple[Any, bool]]:
    """Models with and without a trend and a season, which is added or multiplied."""
    forms = (False, True) if np.nanmin(job.y) > 0 else (False,)
    for alpha in LEVELS:
        yield time_series.HoltWinters(alpha), False
        for beta in TRENDS:
            yield time_series.HoltWinters(alpha, beta), False
            for gamma, multiplied in product(SEASONS if job.season > 1 else (), forms):
                yield time_series.HoltWinters(alpha, beta, gamma, job.season, multiplied), False


def forecasts(model: Any, shown: bool, job: Job) -> np.ndarray:
    """Forecasts at each row from the labels that have arrived, shape (rows,)."""
    x, ahead = filled(job.x), max(job.horizon, 1)
    made, learnt = np.full(len(x), np.nan), False
    for row, label in enumerate(job.y):
        inputs = dict(enumerate(x[row].tolist())) if shown else None
        if job.horizon and np.isfinite(label):
            model.learn_one(float(label), inputs)
            learnt = True
        # SNARIMAX says 0 as long as it knows nothing, which would count against it.
        made[row] = forecast(model, ahead, inputs) if learnt else np.nan
        if not job.horizon and np.isfinite(label):
            model.learn_one(float(label), inputs)
            learnt = True
    return made


def forecast(model: Any, ahead: int, inputs: dict[int, float] | None) -> float:
    """The last of a model's forecasts; NaN where it has seen too little, or has diverged."""
    try:
        said = model.forecast(ahead, None if inputs is None else [inputs] * ahead)[-1]
    except (IndexError, ZeroDivisionError, OverflowError):
        return math.nan
    return float(said) if np.isfinite(said) else math.nan


def run(job: Job) -> Answer:
    """Forecasts of the best setting, and its time a row."""
    settings = {"SNARIMAX": snarimax, "Holt-Winters": holt_winters}[job.contestant]
    best, answered = math.inf, (np.full(len(job.y), np.nan), None)
    for model, shown in settings(job):
        began = time.process_time()
        try:
            made = forecasts(model, shown, job)
        except (ValueError, OverflowError, ZeroDivisionError):
            # It has diverged, as River says of numbers that are too large.
            continue
        seconds = (time.process_time() - began) / len(job.y)
        error = error_of(job.score, score_of(job.score, job.y, made, job.horizon))
        if error < best:
            best, answered = error, (made, seconds)
    return answered


if __name__ == "__main__":
    answer(run)
