"""A learner that runs for very long: memory, speed, and numbers that stay finite."""

import time

import jax
import numpy as np
import psutil

from benchmarks.faults.outcome import Outcome
from onward import RNN, Guarded, Learner

# How much more memory, and how much more time in the last piece, is none.
MEMORY, SPEED = 1.02, 1.1


def soak(samples: int, parts: int = 10, pieces: int = 20) -> Outcome:
    """Learn from so many samples, with guards around, in parts that are compared."""
    model = Guarded(Learner(RNN(2, 4, key=jax.random.key(0)), optimizer="rmsprop"))
    state, rows = model.init(jax.random.key(1)), samples // (parts * pieces)
    random, process = np.random.default_rng(0), psutil.Process()
    seconds, held, finite = [], [], True
    # A part before, in which everything is compiled and allocated.
    for part in range(parts + 1):
        spent = 0.0
        for _ in range(pieces):
            xs = random.normal(size=(rows, 2)).astype(np.float32)
            ys = np.tanh(xs[:, :1] + np.roll(xs[:, 1:], 1, axis=0))
            start = time.process_time()
            state, info = model.run(state, xs, ys)
            spent += time.process_time() - start
            finite &= bool(np.isfinite(info.prediction[1:]).all())
        if part:
            seconds.append(spent)
            held.append(process.memory_info().rss)
    more, slower = max(held) / held[0], seconds[-1] / seconds[0]
    each = 1e6 * seconds[-1] * parts / samples
    numbers = "no NaN" if finite else "NaN"
    told = (
        f"memory at most × {more:.3f} of that after the first tenth; CPU time of the last tenth × "
        f"{slower:.2f} of the first, {each:.1f} µs a sample; {numbers}"
    )
    survived = finite and more <= MEMORY and slower <= SPEED
    return Outcome(f"a soak of {samples:,} samples", 1, int(survived), told)
