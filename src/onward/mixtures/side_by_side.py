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

    threads = 1 if rows < MANY else min(len(runs), _cpus())
    if threads == 1:
        return list(map(move, runs, states))
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(move, runs, states))


def _cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
