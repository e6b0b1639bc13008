"""Bytes that a learner holds, counted by the shapes of its state; nothing is allocated."""

from types import SimpleNamespace
from unittest import mock

import equinox as eqx
import jax

from learners import FEATURES, make_learner
from onward import RNN, RTRL, AbstractRule, Linear, MemoryBudgetError, SparseRTRL
from onward.cost.budget import counted_bytes
from rows import Row, print_rows

UNITS, PATHS = 1024, 4


def measure(units: int) -> list[Row]:
    """Each rule's state over what the rule's name promises."""
    cell = RNN(FEATURES, units, key=jax.random.key(0))
    parameters, size = counted_bytes(cell.parameters()), f"n={units}"

    def held(rule: AbstractRule | None) -> int:
        learner = make_learner(cell, rule, readout=Linear(units, 1))
        return counted_bytes(eqx.filter_eval_shape(learner.initial_state, jax.random.key(0)))

    def carried(rule: AbstractRule) -> int:
        learner = make_learner(cell, rule, readout=Linear(units, 1))
        state = eqx.filter_eval_shape(learner.initial_state, jax.random.key(0))
        return counted_bytes(state.carry)

    exact, shared = RTRL(), SparseRTRL(k=PATHS, support="shared")

    def row(name: str, found: int, expected: int, limit: float) -> Row:
        return Row(f"{name}, {size}", found / expected, limit, found, expected, "bytes")

    return [
        row("held by immediate + RMSprop / parameters", held(None), parameters, 2.1),
        row("held by exact RTRL / n · parameters", held(exact), units * parameters, 1.05),
        row(
            "carried by shared support k=4 / (k + 1) · parameters",
            carried(shared),
            (PATHS + 1) * parameters,
            1.05,
        ),
        Row(f"exact RTRL not refused with too little memory, {size}", not_refused(cell), 0),
    ]


def not_refused(cell: RNN) -> int:
    """1 if exact RTRL starts although a hundredth of its influence is free, else 0."""
    influence = len(cell.bias) * counted_bytes(cell.parameters())
    little = SimpleNamespace(available=influence // 100)
    with mock.patch("psutil.virtual_memory", lambda: little):
        try:
            make_learner(cell, RTRL()).init(jax.random.key(0))
        except MemoryBudgetError:
            return 0
    return 1


if __name__ == "__main__":
    print_rows("counted", measure(UNITS))
