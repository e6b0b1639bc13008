"""How long the first call compiles, of every cell with every rule; and that the second does not.

All pairs are gone through in as many processes as there are processors; the slowest are then
measured again, each alone in a fresh process. With a JSON request as its argument this script is
one of those processes.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import Any

import jax

from learners import FEATURES, make_learner, samples
from onward import ImpossiblePairError, Learner
from onward.experiments.members import CELLS, RULES
from rows import Row, print_rows
from timing import ONE

UNITS, LIMIT, SHOWN = 64, 8.0, 5
COUNT = 2  # samples in a run: some pairs take seconds for each
EVENT = "/jax/core/compile/backend_compile_duration"
# From one process to another the same compilation takes a tenth more or less.
NOISE = 0.1
COMPILED: list[float] = []  # when each compilation ended


def _listen(event: str, seconds: float, **_: object) -> None:
    if event == EVENT:
        COMPILED.append(time.perf_counter())


jax.monitoring.register_event_duration_secs_listener(_listen)


def pairs(request: dict[str, Any]) -> Iterator[tuple[str, Learner]]:
    """A learner of each cell with each rule that works on it: one worker's share of them."""
    names = [(cell, rule) for cell in request["cells"] for rule in request["rules"]]
    for cell, rule in names[request["worker"] :: request["workers"]]:
        made = CELLS[cell](FEATURES, request["units"], key=jax.random.key(0))
        try:
            yield f"{cell} with {rule}", make_learner(made, RULES[rule]())
        except ImpossiblePairError:
            continue


def calls(learner: Learner) -> tuple[float, int]:
    """Seconds until a first `run` is traced and compiled; then compilations in a second `run` and
    a second `step` with new samples of the same shape."""
    state, (xs, ys) = learner.init(jax.random.key(0)), samples(COUNT)
    start = time.perf_counter()
    state, _ = jax.block_until_ready(learner.run(state, xs, ys))
    seconds = COMPILED[-1] - start
    # Of a step no time is taken: its compilations are counted.
    jax.config.update("jax_disable_most_optimizations", True)
    state, _ = learner.step(state, xs[0], ys[0])
    before = len(COMPILED)
    state, _ = learner.run(state, xs[::-1].copy(), ys[::-1].copy())
    learner.step(state, xs[1], ys[1])
    jax.config.update("jax_disable_most_optimizations", False)
    return seconds, len(COMPILED) - before


def ask(request: dict[str, Any]) -> dict[str, tuple[float, int]]:
    """What `calls` gives for each pair of a request, in a process of its own."""
    command = [sys.executable, __file__, json.dumps(request)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def measure(units: int, cells: list[str], rules: list[str]) -> list[Row]:
    """The slowest compilations, and all compilations of second calls."""
    workers = os.cpu_count() or 1
    whole = {"units": units, "cells": cells, "rules": rules, "workers": workers}
    start = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        parts = pool.map(ask, ({**whole, "worker": worker} for worker in range(workers)))
        found = {pair: times for part in parts for pair, times in part.items()}
    took = time.perf_counter() - start
    slowest = sorted(found, key=found.__getitem__, reverse=True)[:SHOWN]
    alone: dict[str, float] = {}
    for pair in slowest:
        cell, rule = pair.split(" with ")
        again = ask({**whole, "cells": [cell], "rules": [rule], "worker": 0, "workers": 1})
        alone[pair] = again[pair][0]
    found_again = sum(again for _, again in found.values())
    everything = f"{len(found)} pairs, {workers} at a time"
    return [
        *map(partial(_row, units), sorted(alone.items(), key=lambda one: -one[1]), count()),
        Row(
            f"compilation, seconds, n={units}: all pairs", took, unit=everything, noise=NOISE * took
        ),
        Row("compilations in second calls, all pairs", found_again, 0),
    ]


def _row(units: int, measured: tuple[str, float], place: int) -> Row:
    """One of the slowest pairs; a row is named by its place, for pairs change places."""
    pair, seconds = measured
    label = f"compilation, seconds, n={units}: slowest pair{f' but {place}' if place else ''}"
    return Row(label, seconds, LIMIT, unit=pair, noise=NOISE * seconds)


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] != ONE:
        request = json.loads(sys.argv[1])
        print(json.dumps({name: calls(learner) for name, learner in pairs(request)}))
    else:
        print_rows("all processors, by the clock", measure(UNITS, list(CELLS), list(RULES)))
