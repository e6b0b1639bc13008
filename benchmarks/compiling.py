"""How long the first call compiles, of every cell with every rule; and that the second does not.

All pairs are gone through in as many processes as there are CPUs; the slowest are then
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
from onward import ImpossiblePairError, Learner, fast_dispatch
from onward.runs.members import CELLS, RULES
from rows import Row, print_rows
from timing import ONE

UNITS, LIMIT, SHOWN = 64, 8.0, 5
COUNT = 2  # samples in a run: some pairs take seconds for each
EVENT = "/jax/core/compile/backend_compile_duration"
# From one process to another the same compilation takes a tenth more or less.
NOISE = 0.1
# Compiles what is not timed in less time.
FAST = "jax_disable_most_optimizations"
# When each compilation ended, by the clock and in CPU time.
COMPILED: list[tuple[float, float]] = []


def _listen(event: str, seconds: float, **_: object) -> None:
    if event == EVENT:
        COMPILED.append(_now())


jax.monitoring.register_event_duration_secs_listener(_listen)


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def pairs(request: dict[str, Any]) -> Iterator[tuple[str, Learner, bool]]:
    """A learner of each cell with each rule that works on it, and whether it also takes steps:
    one of each cell and of each rule does. Of several workers each has cells of its own."""
    cells, rules = request["cells"], request["rules"]
    for cell in cells[request["worker"] :: request["workers"]]:
        made = CELLS[cell](FEATURES, request["units"], key=jax.random.key(0))
        for rule in rules:
            try:
                learner = make_learner(made, RULES[rule]())
            except ImpossiblePairError:
                continue
            yield f"{cell} with {rule}", learner, rule == rules[0] or cell == cells[0]


def calls(learner: Learner, steps: bool) -> tuple[float, float, int]:
    """Seconds, and those of CPU time, until a first `run` is traced and compiled; then
    compilations in a second `run`, and `step`, with new samples of the same shape."""
    state, (xs, ys) = learner.init(jax.random.key(0)), samples(COUNT)
    jax.config.update(FAST, False)
    start = _now()
    state, _ = jax.block_until_ready(learner.run(state, xs, ys))
    took = [end - begun for end, begun in zip(COMPILED[-1], start, strict=True)]
    jax.config.update(FAST, True)
    if steps:
        state, _ = learner.step(state, xs[0], ys[0])
    before = len(COMPILED)
    state, _ = learner.run(state, xs[::-1].copy(), ys[::-1].copy())
    if steps:
        learner.step(state, xs[1], ys[1])
    return took[0], took[1], len(COMPILED) - before


def ask(request: dict[str, Any]) -> dict[str, tuple[float, float, int]]:
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
    alone = {}
    for pair in slowest:
        cell, rule = pair.split(" with ")
        one = ask({**whole, "cells": [cell], "rules": [rule], "worker": 0, "workers": 1})
        alone[pair] = one[pair][:2]
    again = sum(compiled for *_, compiled in found.values())
    everything = f"{len(found)} pairs, {workers} at a time"
    label = f"compilation, seconds, n={units}: all pairs"
    order = sorted(alone.items(), key=lambda one: one[1], reverse=True)
    return [
        *map(partial(_row, units), order, count()),
        Row(label, took, unit=everything, noise=NOISE * took),
        Row("compilations in second calls, all pairs", again, 0),
    ]


def _row(units: int, measured: tuple[str, tuple[float, float]], place: int) -> Row:
    """One of the slowest pairs; a row is named by its place, for pairs change places."""
    pair, (seconds, processor_seconds) = measured
    label = f"compilation, seconds, n={units}: slowest pair{f' but {place}' if place else ''}"
    unit = f"{pair}; {processor_seconds:.1f} s of CPU time"
    return Row(label, seconds, LIMIT, unit=unit, noise=NOISE * seconds)


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] != ONE:
        request = json.loads(sys.argv[1])
        fast_dispatch()
        jax.config.update(FAST, True)
        print(json.dumps({name: calls(*each) for name, *each in pairs(request)}))
    else:
        print_rows("all CPUs, by the clock", measure(UNITS, list(CELLS), list(RULES)))
