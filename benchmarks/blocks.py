"""A sample of a learner that moves at the ends of blocks, beside one that moves at each sample."""

import timing

PROCESSORS = timing.use_processors()

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

from onward import (  # noqa: E402
    BPTT,
    GRU,
    AbstractRule,
    EProp,
    Immediate,
    Learner,
    LearnerState,
    fast_dispatch,
)
from rows import Row, print_rows, time_row  # noqa: E402
from timing import Contender, take_turns  # noqa: E402

# As many channels as an array of electrodes has.
ROUNDS, INPUTS, UNITS, EVERY, COUNT, CALLS = 7, 96, 64, 25, 2_000, 500

RULES: dict[str, tuple[AbstractRule, bool]] = {
    "Immediate": (Immediate(), False),
    "BPTT in blocks": (BPTT(), True),
    "e-prop": (EProp(), False),
    "e-prop in blocks": (EProp(), True),
}


def contender(learner: Learner, count: int, stepped: bool) -> Contender:
    """Samples of a decoder of velocity, in a compiled loop or one call each."""
    random = np.random.default_rng(0)
    xs = random.poisson(1.0, (count, INPUTS)).astype(np.float32)
    ys = random.standard_normal((count, 2)).astype(np.float32)

    def steps(state: LearnerState) -> None:
        for x, y in zip(xs, ys, strict=True):
            state, _ = learner.step(state, x, y)

    given = jnp.asarray(xs), jnp.asarray(ys)
    return Contender(
        prepare=lambda: jax.block_until_ready(learner.init(jax.random.key(0))),
        run=steps if stepped else lambda state: jax.block_until_ready(learner.run(state, *given)),
        samples=count,
    )


def measure(
    units: int, every: int, count: int, rounds: int = ROUNDS, stepped: bool = False
) -> list[Row]:
    """Each rule over Immediate with an update at every sample."""
    cell = GRU(INPUTS, units, key=jax.random.key(0))
    learners = {
        name: Learner(cell, 2, rule=rule, every=every if in_blocks else 1, optimizer="adam")
        for name, (rule, in_blocks) in RULES.items()
    }
    contenders = {name: contender(one, count, stepped) for name, one in learners.items()}
    seconds = take_turns(contenders, rounds)
    size = f"n={units}, {INPUTS} inputs, blocks of {every}"
    how = ", `step` from Python" if stepped else ""
    others = [name for name in RULES if name != "Immediate"]
    return [
        time_row(f"{name} / Immediate at every sample{how}, {size}", seconds, name, "Immediate")
        for name in others
    ]


if __name__ == "__main__":
    fast_dispatch()
    print_rows(
        PROCESSORS, measure(UNITS, EVERY, COUNT) + measure(UNITS, EVERY, CALLS, stepped=True)
    )
