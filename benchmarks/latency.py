"""How long a caller waits for one prediction: `Learner.step`, called from Python.

With the argument "once" in this process; without, the best of several processes, after
`onward.fast_dispatch()` and under the dispatch that JAX has without it.
"""

import statistics
import subprocess
import sys
import time

import jax
import numpy as np

import timing
from onward import RNN, Immediate, Learner, fast_dispatch
from rows import Row, print_rows

FEATURES, UNITS, WARMUP, CALLS = 8, 64, 500, 3000
REPEATS, LIMIT = 3, 80.0


def once(calls: int = CALLS, units: int = UNITS) -> tuple[float, float]:
    """Microseconds until `step` has returned and its prediction has been read: median and 99 %."""
    learner = Learner(RNN(FEATURES, units, key=jax.random.key(0)), rule=Immediate())
    state = learner.init(jax.random.key(0))
    generator = np.random.default_rng(0)
    xs = list(generator.standard_normal((WARMUP + calls, FEATURES)).astype(np.float32))
    ys = list(generator.standard_normal((WARMUP + calls, 1)).astype(np.float32))
    waited = []
    for x, y in zip(xs, ys, strict=True):
        start = time.perf_counter()
        state, info = learner.step(state, x, y)
        np.asarray(info.prediction)
        waited.append(1e6 * (time.perf_counter() - start))
    waited = waited[WARMUP:]
    return statistics.median(waited), float(np.quantile(waited, 0.99))


def measure() -> list[Row]:
    """The best of several processes, in turns."""
    found: dict[str, list[tuple[float, float]]] = {"fast": [], "asynchronous": []}
    for _ in range(REPEATS):
        for name, times in found.items():
            command = [sys.executable, __file__, "once", name]
            printed = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
            median, late = map(float, printed.split())
            times.append((median, late))
    (ours, late), (other, _) = (min(times) for times in found.values())
    medians, lates = zip(*found["fast"], strict=True)
    noise, late_noise = timing.error_of_median(medians), timing.error_of_median(lates)
    value, ratio_noise = ours / other, noise / other
    return [
        Row("step with its prediction read, median, n=64", ours, LIMIT, unit="µs", noise=noise),
        Row("step with its prediction read, 99 %, n=64", late, unit="µs", noise=late_noise),
        Row("step / with asynchronous dispatch, n=64", value, None, ours, other, "µs", ratio_noise),
    ]


if __name__ == "__main__":
    if "asynchronous" not in sys.argv:
        fast_dispatch()
    if "once" in sys.argv:
        print(*once())
    else:
        print_rows("all CPUs, by the clock", measure())
