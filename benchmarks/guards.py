"""What guards around a learner cost: a guarded `run` beside the plain one."""

import sys

import timing

PROCESSORS = timing.use_processors()

import jax  # noqa: E402

from learners import FEATURES, contender, make_learner  # noqa: E402
from onward import GRU, RNN, EProp, Guarded, Immediate, Safeguarded, fast_dispatch  # noqa: E402
from rows import Row, print_rows, time_row  # noqa: E402
from timing import take_turns  # noqa: E402

ROUNDS, UNITS = 11, 64
# Samples in a run.
SAMPLES = {"immediate": 20_000, "e-prop": 4_000}
LIMIT = 1.1


def measure(units: int, samples: dict[str, int], rounds: int = ROUNDS) -> list[Row]:
    """Each rule with guards, and with a frozen copy beside it, over the rule alone."""
    rows = []
    for name, cell, rule in (("immediate", RNN, Immediate()), ("e-prop", GRU, EProp())):
        plain = make_learner(cell(FEATURES, units, key=jax.random.key(0)), rule)
        kinds = {"plain": plain, "guarded": Guarded(plain), "safeguarded": Safeguarded(plain)}
        count = samples[name]
        seconds = take_turns({kind: contender(one, count) for kind, one in kinds.items()}, rounds)
        what = f"{name} on {cell.__name__} + RMSprop, n={units}"
        rows.append(time_row(f"guarded / plain {what}", seconds, "guarded", "plain", LIMIT))
        rows.append(time_row(f"safeguarded / plain {what}", seconds, "safeguarded", "plain"))
    return rows


if __name__ == "__main__":
    fast_dispatch()
    rounds = 5 if "short" in sys.argv else ROUNDS
    print_rows(PROCESSORS, measure(UNITS, SAMPLES, rounds))
