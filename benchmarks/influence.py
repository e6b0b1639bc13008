"""Credit through k paths of the Jacobian beside exact RTRL: time in `Learner.run`, and memory."""

import json

from timing import Contender, ratio, summary, take_turns, use_one_processor

PROCESSORS = use_one_processor()

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

from onward import RNN, RTRL, Learner, SparseRTRL  # noqa: E402
from onward.memory import counted_bytes  # noqa: E402

FEATURES, ROUNDS = 8, 7
# Units: samples in a run.
SIZES = {64: 250, 128: 40}
RULES = {"exact": RTRL(), "row": SparseRTRL(k=4), "shared": SparseRTRL(k=4, support="shared")}


def measure(units: int) -> dict:
    """All rules at one size, on the same cell with the same optimizer."""
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

    contenders = {
        name: contender(Learner(cell, rule=rule, optimizer="rmsprop"))
        for name, rule in RULES.items()
    }
    seconds = {name: one.cpu for name, one in take_turns(contenders, ROUNDS).items()}
    return {
        "units": units,
        "microseconds": {name: summary(one) for name, one in seconds.items()},
        "ratios": {name: ratio(seconds[name], seconds["exact"]) for name in ("row", "shared")},
        "carry_bytes": {name: carry_bytes(rule, cell) for name, rule in RULES.items()},
        "parameter_bytes": counted_bytes(cell.parameters()),
    }


def carry_bytes(rule: RTRL | SparseRTRL, cell: RNN) -> int:
    """What the rule carries from sample to sample, by the shapes of its carry."""

    def first(key: jax.Array) -> object:
        return rule.init(cell, cell.init_state(), jnp.zeros(FEATURES), key)

    return counted_bytes(jax.eval_shape(first, jax.random.key(0)))


if __name__ == "__main__":
    print(json.dumps({"processors": PROCESSORS, "sizes": [measure(units) for units in SIZES]}))
