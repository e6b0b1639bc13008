"""A learner that runs for very long: memory, speed, and numbers that stay finite."""

import time

import jax
import numpy as np
import psutil

from benchmarks.faults.outcome import Outcome
from onward import RNN, Guarded, Learner

# How much more memory, and how much more time in the last piece, is none.
MEMORY, SPEED = 1.02, 1.1


def soak(samples: int, pieces: int = 10) -> Outcome:
    """Learn from so many samples in pieces, with guards around."""
    model = Guarded(Learner(RNN(2, 4, key=jax.random.key(0)), optimizer="rmsprop"))
    state, rows = model.init(jax.random.key(1)), samples // pieces
    random, process = np.random.default_rng(0), psutil.Process()
    seconds, held, finite = [], [], True
    # A piece before, in which everything is compiled and allocated.
    for index in range(pieces + 1):
        xs = random.normal(size=(rows, 2)).astype(np.float32)
        ys = np.tanh(xs[:, :1] + np.roll(xs[:, 1:], 1, axis=0))
        start = time.process_time()
        state, info = model.run(state, xs, ys)
        spent = time.process_time() - start
        finite &= bool(np.isfinite(info.prediction[1:]).all())
        del xs, ys, info
        if index:
            seconds.append(spent)
            held.append(process.memory_info().rss)
    more, slower = max(held[1:]) / held[0], seconds[-1] / seconds[0]
    told = (
        f"memory at most × {more:.3f} of that after the first piece; CPU time of the last piece × "
        f"{slower:.2f} of the first, {1e6 * seconds[-1] / rows:.1f} µs a sample"
    )
    survived = finite and more <= MEMORY and slower <= SPEED
    return Outcome(f"a soak of {samples:,} samples", 1, int(survived), told)
