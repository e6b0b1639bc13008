"""How long a caller waits for one prediction: `Learner.step`, called from Python."""

import json
import statistics
import time

import jax
import numpy as np

from onward import RNN, Immediate, Learner

FEATURES, UNITS, WARMUP, CALLS = 8, 64, 500, 3000


def measure() -> dict[str, float]:
    """Microseconds until `step` returns, and until its prediction has been read."""
    learner = Learner(RNN(FEATURES, UNITS, key=jax.random.key(0)), rule=Immediate())
    state = learner.init(jax.random.key(0))
    generator = np.random.default_rng(0)
    xs = list(generator.standard_normal((WARMUP + CALLS, FEATURES)).astype(np.float32))
    ys = list(generator.standard_normal((WARMUP + CALLS, 1)).astype(np.float32))
    returned, read = [], []
    for x, y in zip(xs, ys, strict=True):
        start = time.perf_counter()
        state, info = learner.step(state, x, y)
        back = time.perf_counter()
        np.asarray(info.prediction)
        read.append(1e6 * (time.perf_counter() - start))
        returned.append(1e6 * (back - start))
    read, returned = read[WARMUP:], returned[WARMUP:]
    return {
        "minimum": min(read),
        "median": statistics.median(read),
        "p99": float(np.quantile(read, 0.99)),
        "returned_median": statistics.median(returned),
    }


if __name__ == "__main__":
    print(json.dumps(measure()))
