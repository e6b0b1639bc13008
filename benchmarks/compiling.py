"""What the first call waits for, of every cell with every rule; and that the second does not."""

import time
from collections.abc import Iterator

import jax
import numpy as np

from learners import FEATURES, make_learner, samples
from onward import ImpossiblePairError, Learner
from onward.experiments.members import CELLS, RULES
from rows import Row, print_rows

UNITS, LIMIT = 64, 8.0
EVENT = "/jax/core/compile/backend_compile_duration"


COMPILED: list[str] = []


def _listen(event: str, seconds: float, **_: object) -> None:
    if event == EVENT:
        COMPILED.append(event)


jax.monitoring.register_event_duration_secs_listener(_listen)


def first_call(learner: Learner) -> float:
    """Seconds until the first samples are learnt from, compilation included."""
    xs, ys = samples(20)
    state = learner.init(jax.random.key(0))
    start = time.perf_counter()
    jax.block_until_ready(learner.run(state, xs, ys))
    return time.perf_counter() - start


def pairs(units: int, cells: list[str], rules: list[str]) -> Iterator[tuple[str, Learner]]:
    """A learner of each cell with each rule that works on it."""
    for name in cells:
        cell = CELLS[name](FEATURES, units, key=jax.random.key(0))
        for rule in rules:
            try:
                yield f"{name} with {rule}", make_learner(cell, RULES[rule]())
            except ImpossiblePairError:
                continue


def recompilations(learner: Learner) -> int:
    """Compilations in a second `run` and a second `step` with new samples of the same shape."""
    state, key = learner.init(jax.random.key(0)), np.random.default_rng(0)
    before = 0
    for _ in range(2):
        before = len(COMPILED)
        xs, ys = (key.permutation(each) for each in samples(20))
        state, _ = learner.run(state, xs, ys)
        state, _ = learner.step(state, xs[0], ys[0])
    return len(COMPILED) - before


def measure(units: int, cells: list[str], rules: list[str]) -> list[Row]:
    """The slowest first call, and all compilations of second calls."""
    learners = list(pairs(units, cells, rules))
    seconds = {name: first_call(learner) for name, learner in learners}
    slowest = max(seconds, key=seconds.__getitem__)
    again = sum(recompilations(learner) for _, learner in learners)
    return [
        Row(
            f"slowest first call of any cell with any rule, seconds, n={units}",
            seconds[slowest],
            LIMIT,
            unit=slowest,
        ),
        Row("compilations in second calls, all pairs", again, 0),
    ]


if __name__ == "__main__":
    print_rows("all processors, by the clock", measure(UNITS, list(CELLS), list(RULES)))
