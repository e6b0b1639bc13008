"""How long a caller waits for one prediction: `Learner.step`, called from Python.

With the argument "asynchronous", under the dispatch that JAX would have without onward.
"""

import json
import statistics
import sys
import time

import jax
import numpy as np

from onward import RNN, Immediate, Learner

FEATURES, UNITS, WARMUP, CALLS = 8, 64, 500, 3000


def measure() -> dict[str, float]:
    """Microseconds until `step` has returned and its prediction has been read."""
    learner = Learner(RNN(FEATURES, UNITS, key=jax.random.key(0)), rule=Immediate())
    state = learner.init(jax.random.key(0))
    generator = np.random.default_rng(0)
    xs = list(generator.standard_normal((WARMUP + CALLS, FEATURES)).astype(np.float32))
    ys = list(generator.standard_normal((WARMUP + CALLS, 1)).astype(np.float32))
    waited = []
    for x, y in zip(xs, ys, strict=True):
        start = time.perf_counter()
        state, info = learner.step(state, x, y)
        np.asarray(info.prediction)
        waited.append(1e6 * (time.perf_counter() - start))
    waited = waited[WARMUP:]
    return {
        "minimum": min(waited),
        "median": statistics.median(waited),
        "p99": float(np.quantile(waited, 0.99)),
    }


if __name__ == "__main__":
    if "asynchronous" in sys.argv:
        jax.config.update("jax_cpu_enable_async_dispatch", True)
    print(json.dumps(measure()))
