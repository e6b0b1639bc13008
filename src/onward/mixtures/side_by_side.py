"""Several passes over the same rows at once, on all CPUs."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

# Samples from which on passes side by side are worth the threads.
MANY = 64


def side_by_side(
    runs: Sequence[Callable[..., Any]], states: Sequence[Any], given: tuple[Any, ...], rows: int
) -> list[tuple[Any, Any, float]]:
    """What each run makes of its own state and the same samples: state, information, seconds.

    Args:
        runs: take a state and what is given; compiled, so that threads do not wait for each other.
        states: of each.
        given: to all.
        rows: samples; 0 to run one after another, as within a transformation.
    """

    def move(run: Callable[..., Any], state: Any) -> tuple[Any, Any, float]:
        began = time.perf_counter()
        moved, info = run(state, *given)
        return moved, info, time.perf_counter() - began

    threads = threads_for(len(runs), rows)
    if threads == 1:
        return list(map(move, runs, states))
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(move, runs, states))


def threads_for(passes: int, rows: int) -> int:
    """How many threads so many passes over so many rows are worth."""
    if rows < MANY:
        return 1
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(passes, cpus or 1)
