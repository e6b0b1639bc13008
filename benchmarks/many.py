"""Independent learners on all CPUs beside a single one, for each of their samples."""

import statistics
import time

import timing

PROCESSORS = timing.use_processors()

import jax  # noqa: E402

from learners import (  # noqa: E402
    FEATURES,
    LEARNERS,
    contender,
    ensemble,
    make_learner,
    streams,
)
from onward import RNN, Fleet, fast_dispatch  # noqa: E402
from rows import Row, print_rows, time_row  # noqa: E402
from timing import Contender, error_of_median, take_turns  # noqa: E402

UNITS, COUNT, ROUNDS, LIMIT = 64, 500, 9, 0.6
# Of two CPUs one would leave half.
UNUSED = 0.25


def unused(contender: Contender, processors: int) -> float:
    """The share of the CPUs' time that this process does not use during one run."""
    ready = contender.prepare()
    passed, used = time.perf_counter(), time.process_time()
    contender.run(ready)
    passed, used = time.perf_counter() - passed, time.process_time() - used
    return max(1 - used / (passed * processors), 0)


def measure(units: int, learners: int, count: int, rounds: int = ROUNDS) -> list[Row]:
    """An ensemble, the same by `jax.vmap`, and one learner that learns for as long."""
    learner = make_learner(RNN(FEATURES, units, key=jax.random.key(0)))
    keys, (xs, ys) = jax.random.split(jax.random.key(0), learners), streams(learners, count)
    together = ensemble(learner, learners, count)
    mapped = jax.jit(jax.vmap(learner.run), donate_argnums=0)
    seconds = take_turns(
        {
            "ensemble": together,
            "vmap": Contender(
                lambda: jax.block_until_ready(jax.vmap(learner.initial_state)(keys)),
                lambda states: jax.block_until_ready(mapped(states, xs, ys)),
                learners * count,
            ),
            "one": contender(learner, 20 * count),
        },
        rounds,
    )
    idle = [unused(together, Fleet(learner).threads) for _ in range(rounds)]
    end = f"/ one learner, each sample, n={units}"
    label = f"share of the CPUs' time that {learners} learners leave unused, n={units}"
    return [
        time_row(f"{learners} learners {end}", seconds, "ensemble", "one", LIMIT),
        time_row(f"{learners} learners under jax.vmap {end}", seconds, "vmap", "one"),
        Row(label, statistics.median(idle), UNUSED, noise=error_of_median(idle)),
    ]


if __name__ == "__main__":
    fast_dispatch()
    print_rows(PROCESSORS, measure(UNITS, LEARNERS, COUNT))
