"""Exact RTRL of other cells: gated ones for each operation, diagonal ones beside Immediate."""

import statistics
from collections.abc import Sequence

import timing

PROCESSORS = timing.use_processors()

import jax  # noqa: E402

from learners import FEATURES, contender, make_learner  # noqa: E402
from onward import (  # noqa: E402
    GRU,
    LRU,
    LSTM,
    RNN,
    RTRL,
    RTU,
    AbstractCell,
    MinGRU,
    cost,
    fast_dispatch,
)
from rows import Row, print_rows, time_row  # noqa: E402
from timing import take_turns  # noqa: E402

ROUNDS, UNITS = 7, 64
GATED = {"RNN": RNN, "GRU": GRU, "LSTM": LSTM}
DIAGONAL = {"LRU": LRU, "RTU": RTU, "MinGRU": MinGRU}
# Samples in a run.
DENSE_COUNT, LIGHT_COUNT = 100, 4_000


def operations(cell: AbstractCell) -> int:
    """Floating-point operations of one sample, by the cost model."""
    counted = cost(cell, RTRL())
    return counted.forward_flops + counted.advance_flops + counted.credit_flops


def gated(
    units: int, count: int, rounds: int = ROUNDS, names: Sequence[str] = ("GRU", "LSTM")
) -> list[Row]:
    """Time of exact RTRL for each operation, over that of a vanilla RNN."""
    cells = {name: GATED[name](FEATURES, units, key=jax.random.key(0)) for name in ("RNN", *names)}
    learners = {name: make_learner(cell, RTRL(), extras=False) for name, cell in cells.items()}
    seconds = take_turns({name: contender(one, count) for name, one in learners.items()}, rounds)
    each = {
        name: [1e9 * one / operations(cells[name]) for one in found]
        for name, found in seconds.items()
    }
    middle = {name: statistics.median(found) for name, found in each.items()}

    def row(name: str) -> Row:
        value, noise = timing.ratio(each[name], each["RNN"])
        label = f"exact RTRL of {name} / of RNN, each operation of `onward.cost`, n={units}"
        return Row(label, value, 2.0, middle[name], middle["RNN"], "ns", noise)

    return [row(name) for name in names]


def diagonal(
    units: int, count: int, rounds: int = ROUNDS, names: Sequence[str] = tuple(DIAGONAL)
) -> list[Row]:
    """Exact RTRL over Immediate on the same cell."""
    rows = []
    for name in names:
        cell = DIAGONAL[name](FEATURES, units, key=jax.random.key(0))
        rules = {"exact": RTRL(), "immediate": None}
        seconds = take_turns(
            {
                key: contender(make_learner(cell, rule, extras=False), count)
                for key, rule in rules.items()
            },
            rounds,
        )
        label = f"exact RTRL / immediate on {name}, n={units}"
        rows.append(time_row(label, seconds, "exact", "immediate", 3.0))
    return rows


if __name__ == "__main__":
    fast_dispatch()
    print_rows(PROCESSORS, gated(UNITS, DENSE_COUNT) + diagonal(UNITS, LIGHT_COUNT))
