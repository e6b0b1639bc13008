"""Credit through k paths of the Jacobian beside exact RTRL: time in `Learner.run`, and memory."""

import json
import sys

from timing import Contender, ratio, summary, take_turns, use_one_processor

PROCESSORS = use_one_processor() if "--one-processor" in sys.argv else "all processors"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

from onward import RNN, RTRL, Learner, SparseRTRL  # noqa: E402
from onward.memory import counted_bytes  # noqa: E402

FEATURES, ROUNDS = 8, 9
# Units: samples in a run.
SIZES = {64: 250, 128: 40}
RULES = {"exact": RTRL(), "row": SparseRTRL(k=4), "shared": SparseRTRL(k=4, support="shared")}


def measure(units: int) -> dict:
    """All rules at one size."""
    generator = np.random.default_rng(0)
    xs = jnp.asarray(generator.standard_normal((SIZES[units], FEATURES)), jnp.float32)
    ys = jnp.asarray(generator.standard_normal((SIZES[units], 1)), jnp.float32)
    cell = RNN(FEATURES, units, key=jax.random.key(0))

    def contender(learner: Learner) -> Contender:
        return Contender(
            prepare=lambda: jax.block_until_ready(learner.init(jax.random.key(0))),
            run=lambda state: jax.block_until_ready(learner.run(state, xs, ys)),
            samples=len(xs),
        )

    learners = {name: Learner(cell, rule=rule) for name, rule in RULES.items()}
    shapes = {
        name: jax.eval_shape(lambda one=one: one.init(jax.random.key(0)))
        for name, one in learners.items()
    }
    times = take_turns({name: contender(one) for name, one in learners.items()}, ROUNDS)
    clock = "cpu" if "--one-processor" in sys.argv else "wall"
    seconds = {name: getattr(one, clock) for name, one in times.items()}
    return {
        "units": units,
        "microseconds": {name: summary(one) for name, one in seconds.items()},
        "ratios": {name: ratio(seconds[name], seconds["exact"]) for name in ("row", "shared")},
        "carry_bytes": {name: counted_bytes(shape.carry) for name, shape in shapes.items()},
        "parameters": counted_bytes(cell.parameters()) // cell.dtype.itemsize,
    }


if __name__ == "__main__":
    print(json.dumps({"processors": PROCESSORS, "sizes": [measure(units) for units in SIZES]}))
