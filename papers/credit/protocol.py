"""What is run: the tasks, networks, rules and seeds, as jobs that depend on nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import jax

from onward.jobs import Job
from onward.runs import CELLS, parse_rule
from papers.credit import controls
from papers.credit.lanes import CELL_SIZES, RATES
from papers.credit.tasks import WIDTH, available
from papers.credit.work import NO_CELL, STATES

EXACT, IMMEDIATE, READOUT = "rtrl", "immediate", "readout-only"
SHARED, PATHS = "sparse-rtrl:k=4,support=shared", "sparse-rtrl:k=4"
EPROP, WINDOW = "eprop", "tbptt:window=20"
# From no credit for the recurrent weights to all of it, with the seconds that 1,000 rows took in a
# gated cell in a trial; they order the work.
RULES: Mapping[str, float] = {
    READOUT: 0.01,
    IMMEDIATE: 0.03,
    "eligibility-trace": 0.04,
    EPROP: 0.05,
    SHARED: 0.1,
    PATHS: 0.45,
    WINDOW: 0.18,
    EXACT: 0.27,
}
# Such that jobs of one network stand together, and share what a process has compiled.
WEIGHTS: Mapping[str, float] = {
    "lstm": 1.2,
    "gru": 1.0,
    "ctrnn": 0.6,
    "rnn": 0.5,
    "rtu": 0.3,
    "lru": 0.29,
    "indrnn": 0.1,
}


@dataclass(frozen=True)
class Protocol:
    """What decides all results.

    Attributes:
        rows: samples of each stream; the last third is scored.
        seeds: so many of each.
        cells: by name.
        tasks: by name; those whose recordings are missing are left out.
        advised: the tasks that `onward advise` is judged on.
        advised_cells: the networks that it advises for, the first of which it was improved on.
        prefix: rows that it sees.
        budget: its seconds; None for as long as it takes.
    """

    rows: int = 6000
    seeds: int = 3
    cells: tuple[str, ...] = tuple(CELL_SIZES)
    tasks: tuple[str, ...] = ()
    advised: tuple[str, ...] = ()
    advised_cells: tuple[str, ...] = ("rnn", "gru", "lru")
    prefix: int = 3000
    budget: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain data, with what else decides the numbers."""
        return {
            **asdict(self),
            "sizes": {cell: CELL_SIZES[cell] for cell in self.cells},
            "rates": RATES,
            "rules": list(RULES),
        }


def full() -> Protocol:
    """The benchmark."""
    return Protocol(tasks=tuple(available()), advised=tuple(available()))


def quick() -> Protocol:
    """A look at it within two minutes."""
    tasks = ("recall-1", "recall-4", "xor-1", "chain-4", "stationary")
    return Protocol(
        *(1500, 2, ("rnn", "indrnn"), tasks, ("recall-4", "stationary"), ("rnn",)),
        prefix=600,
        budget=15.0,
    )


@cache
def exact_rules(cell: str) -> tuple[str, ...]:
    """The rules, besides exact RTRL itself, that are exact in a cell, and so are not run there."""
    network = CELLS[cell](WIDTH, CELL_SIZES[cell], key=jax.random.key(0))
    others = (rule for rule in RULES if rule != EXACT)
    return tuple(rule for rule in others if parse_rule(rule).exactness(network) == "exact")


def jobs(protocol: Protocol) -> list[Job]:
    """Every (task, cell, rule, seed), each control, and each advice."""
    return [*_advice(protocol), *_networks(protocol), *_controls(protocol)]


def name_of(task: str, cell: str, rule: str, seed: int) -> str:
    """The name of a job."""
    plain = rule.replace(":", "+").replace(",", "+")
    return f"{task}_{cell}_{plain}_{seed}"


def advice_name(task: str, cell: str) -> str:
    """The name of a job of advice."""
    return f"advice_{task}_{cell}"


def _job(protocol: Protocol, cost: float, task: str, cell: str, rule: str, seed: int) -> Job:
    arguments = {"task": task, "cell": cell, "rule": rule, "seed": seed, "rows": protocol.rows}
    name = name_of(task, cell, rule, seed)
    return Job(name, "papers.credit.work:measure", arguments, cost * protocol.rows / 1000)


def _networks(protocol: Protocol) -> list[Job]:
    return [
        _job(protocol, WEIGHTS[cell] * cost, task, cell, rule, seed)
        for cell in protocol.cells
        for rule, cost in {**RULES, STATES: 0.2}.items()
        if rule not in exact_rules(cell)
        for task in protocol.tasks
        for seed in range(protocol.seeds)
    ]


def _controls(protocol: Protocol) -> list[Job]:
    return [
        _job(protocol, 1e-3, task, NO_CELL, name, seed)
        for name in controls.OF_STREAM
        for task in protocol.tasks
        for seed in range(protocol.seeds)
    ]


def _advice(protocol: Protocol) -> Sequence[Job]:
    call = "papers.credit.advised:measure"
    arguments = {"rows": protocol.prefix, "budget": protocol.budget}
    return [
        Job(advice_name(task, cell), call, {"task": task, "cell": cell, **arguments}, cost=20.0)
        for cell in protocol.advised_cells
        for task in protocol.advised
    ]
