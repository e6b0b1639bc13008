"""`credit.json`: what the jobs have found, as means and spreads."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np

from papers.credit import controls
from papers.credit.judgement import TELLS, bounded, skill
from papers.credit.lanes import RATES
from papers.credit.protocol import (
    EXACT,
    RULES,
    Protocol,
    advice_name,
    exact_rules,
    name_of,
)
from papers.credit.tasks import TASKS, held_out
from papers.credit.work import NO_CELL, STATES

FORMAT = 1
# What jobs returned, by the names of the jobs.
Values = Mapping[str, Mapping[str, Any]]


def gathered(protocol: Protocol, values: Values, scale: str) -> dict[str, Any]:
    """All of a finished run, as plain data.

    Args:
        protocol: that was run.
        values: of all its jobs.
        scale: "full" or "quick".
    """
    return {
        "format": FORMAT,
        "onward": version("onward"),
        "scale": scale,
        "protocol": protocol.as_dict(),
        "tasks": {task: _task(task) for task in protocol.tasks},
        "exact": {cell: list(exact_rules(cell)) for cell in protocol.cells},
        "scores": {
            cell: {task: _scores(protocol, values, task, cell) for task in protocol.tasks}
            for cell in protocol.cells
        },
        "controls": {
            task: {
                name: _score(protocol, values, task, NO_CELL, name) for name in controls.OF_STREAM
            }
            for task in protocol.tasks
        },
        "best_rates": _best_rates(protocol, values),
        "advice": [
            {"task": task, "cell": cell, **values[name]}
            for cell in protocol.advised_cells
            for task in protocol.advised
            if (name := advice_name(task, cell)) in values
        ],
    }


def _task(name: str) -> dict[str, Any]:
    task = TASKS[name]
    told = {"family": task.family, "horizon": task.horizon, "about": task.about}
    return {**told, "floor": task.floor, "held_out": name in held_out()}


def _scores(protocol: Protocol, values: Values, task: str, cell: str) -> dict[str, Any]:
    exact = exact_rules(cell)
    return {
        rule: _score(protocol, values, task, cell, EXACT if rule in exact else rule)
        for rule in (*RULES, STATES)
    }


def _score(protocol: Protocol, values: Values, task: str, cell: str, rule: str) -> dict[str, float]:
    """Pooled skill, the spread of the seeds' own, and the mean error."""
    runs = [values[name_of(task, cell, rule, seed)] for seed in range(protocol.seeds)]
    floor, trivial = TASKS[task].floor, float(np.mean([run["trivial"] for run in runs]))
    errors = [bounded(run["error"], run["trivial"]) for run in runs]
    own = [skill(run["error"], run["trivial"], floor) for run in runs]
    return {
        "skill": round(skill(float(np.mean(errors)), trivial, floor), 2),
        "spread": round(float(np.std(own, ddof=1)), 2) if len(own) > 1 else 0.0,
        "error": float(f"{np.mean(errors):.4g}"),
    }


def _best_rates(protocol: Protocol, values: Values) -> dict[str, int]:
    """How often each rate alone was the best, where exact credit has learnt something."""
    counted = dict.fromkeys((f"{rate:g}" for rate in RATES), 0)
    for task in protocol.tasks:
        for cell in protocol.cells:
            for seed in range(protocol.seeds):
                run = values[name_of(task, cell, EXACT, seed)]
                errors = [np.inf if one is None else one for one in run["rates"]]
                if min(errors) < (1 - TELLS / 100) * run["trivial"]:
                    counted[f"{RATES[int(np.argmin(errors))]:g}"] += 1
    return counted
