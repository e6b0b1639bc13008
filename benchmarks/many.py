"""Independent learners on all processors beside a single one, for each of their samples."""

import timing

PROCESSORS = timing.use_processors()

import jax  # noqa: E402
import numpy as np  # noqa: E402

from learners import FEATURES, contender, make_learner, samples  # noqa: E402
from onward import RNN, Ensemble  # noqa: E402
from rows import Row, print_rows, time_row  # noqa: E402
from timing import Contender, take_turns  # noqa: E402

UNITS, LEARNERS, COUNT, ROUNDS, LIMIT = 64, 256, 500, 9, 0.6


def measure(units: int, learners: int, count: int, rounds: int = ROUNDS) -> list[Row]:
    """An ensemble, the same by `jax.vmap`, and one learner that learns for as long."""
    learner = make_learner(RNN(FEATURES, units, key=jax.random.key(0)))
    ensemble, keys = Ensemble(learner), jax.random.split(jax.random.key(0), learners)
    streams = [samples(count, seed) for seed in range(learners)]
    xs, ys = np.stack([xs for xs, _ in streams]), np.stack([ys for _, ys in streams])
    mapped = jax.jit(jax.vmap(learner.run), donate_argnums=0)
    seconds = take_turns(
        {
            "ensemble": Contender(
                lambda: jax.block_until_ready(ensemble.init(keys)),
                lambda parts: jax.block_until_ready(ensemble.run(parts, xs, ys)),
                learners * count,
            ),
            "vmap": Contender(
                lambda: jax.block_until_ready(jax.vmap(learner.initial_state)(keys)),
                lambda states: jax.block_until_ready(mapped(states, xs, ys)),
                learners * count,
            ),
            "one": contender(learner, 20 * count),
        },
        rounds,
    )
    end = f"/ one learner, each sample, n={units}"
    return [
        time_row(f"{learners} learners {end}", seconds, "ensemble", "one", LIMIT),
        time_row(f"{learners} learners under jax.vmap {end}", seconds, "vmap", "one"),
    ]


if __name__ == "__main__":
    print_rows(PROCESSORS, measure(UNITS, LEARNERS, COUNT))
