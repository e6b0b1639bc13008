"""How long a stream in dictionaries takes: `predict_one` and `learn_one` of ten features.

The estimators take turns with River's own linear regression in one process, so that a ratio is of
the same minutes.
"""

import statistics
from collections.abc import Callable
from typing import Any

import timing

PROCESSORS = timing.use_processors()

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from river import linear_model, preprocessing  # noqa: E402

from onward import fast_dispatch  # noqa: E402
from onward.adapters.river import RecurrentRegressor  # noqa: E402
from rows import Row, print_rows  # noqa: E402

FEATURES, WARMUP, TURNS, CALLS = 10, 300, 8, 150
MANY, LIMITS = 10_240, {"mixture": 1000.0, "one network": 200.0}
MANY_LIMIT = 15.0


def drawn(count: int) -> tuple[list[dict[str, float]], list[float]]:
    """Features by name, and their sums."""
    xs = np.random.default_rng(0).normal(size=(count, FEATURES))
    names = [f"feature {place}" for place in range(FEATURES)]
    return [dict(zip(names, x, strict=True)) for x in xs.tolist()], xs.sum(1).tolist()


def waited(model: Any, samples: list[tuple[dict[str, float], float]]) -> list[float]:
    """Seconds for each sample."""
    times = []
    for x, y in samples:
        start = timing.clock()
        model.predict_one(x)
        model.learn_one(x, y)
        times.append(timing.clock() - start)
    return times


def one_by_one() -> list[Row]:
    """Medians of each estimator, and what it takes beside River's linear regression."""
    makers: dict[str, Callable[[], Any]] = {
        "mixture": RecurrentRegressor,
        "one network": lambda: RecurrentRegressor(members=1),
        "linear": lambda: preprocessing.StandardScaler() | linear_model.LinearRegression(),
    }
    models = {name: make() for name, make in makers.items()}
    samples = list(zip(*drawn(WARMUP + TURNS * CALLS), strict=True))
    for model in models.values():
        waited(model, samples[:WARMUP])
    medians: dict[str, list[float]] = {name: [] for name in models}
    for turn in range(TURNS):
        first = WARMUP + turn * CALLS
        for name, model in models.items():
            times = waited(model, samples[first : first + CALLS])
            medians[name].append(statistics.median(times))
    found = []
    for name, limit in LIMITS.items():
        times = [1e6 * each for each in medians[name]]
        noise = timing.error_of_median(times)
        middle = statistics.median(times)
        found.append(Row(f"a sample in River, {name}", middle, limit, unit="µs", noise=noise))
        value, noise = timing.ratio(medians[name], medians["linear"])
        other = 1e6 * statistics.median(medians["linear"])
        row = f"a sample in River, {name} / River's linear regression"
        found.append(Row(row, value, None, middle, other, "µs", noise))
    return found


def many() -> Row:
    """A sample of `learn_many`, of one network."""
    xs, ys = drawn(MANY)
    frame, labels = pd.DataFrame(xs), pd.Series(ys)
    model = RecurrentRegressor(members=1)
    model.learn_many(frame, labels)
    times = []
    for _ in range(TURNS):
        start = timing.clock()
        model.learn_many(frame, labels)
        times.append(1e6 * (timing.clock() - start) / MANY)
    noise = timing.error_of_median(times)
    name = "a sample in River by learn_many, one network"
    return Row(name, statistics.median(times), MANY_LIMIT, unit="µs", noise=noise)


if __name__ == "__main__":
    fast_dispatch()
    print_rows(PROCESSORS, [*one_by_one(), many()])
