"""Times contenders turn by turn, so that what disturbs the machine disturbs all of them alike."""

import gc
import math
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import psutil

# A script beside this one that is called with this word keeps to one CPU.
ONE = "one"


@dataclass(frozen=True)
class Contender:
    """One way to do a piece of work.

    Attributes:
        prepare: makes what one run needs, in memory of its own; not timed.
        run: does the work and waits for its end.
        samples: how many samples one run learns from.
    """

    prepare: Callable[[], Any]
    run: Callable[[Any], Any]
    samples: int


def use_processors() -> str:
    """Keep this process, and every thread of JAX and PyTorch, on the idlest one if told so.

    To be called before either is imported: both size their thread pools by what they may use.

    Returns:
        What was done, for a person.
    """
    if ONE not in sys.argv:
        return "all CPUs, by the clock"
    if not hasattr(os, "sched_setaffinity"):
        return "all CPUs (this system cannot restrict a process to one), CPU time"
    allowed = os.sched_getaffinity(0)
    busy = psutil.cpu_percent(0.5, percpu=True)
    os.sched_setaffinity(0, {min(allowed, key=lambda number: busy[number])})
    return "one CPU, so that every library has one thread; CPU time"


def clock() -> float:
    """Seconds: that pass, or on one CPU those that it gave to this process."""
    return time.process_time() if ONE in sys.argv else time.perf_counter()


def take_turns(contenders: Mapping[str, Contender], rounds: int) -> dict[str, list[float]]:
    """Seconds a sample of all contenders, one entry a round.

    Every run starts from freshly allocated memory. Where the arrays of a run lie can double its
    time; what a round prepares therefore moves, by a block of random size that is held meanwhile.
    """
    for contender in contenders.values():
        contender.run(contender.prepare())
    drawn = random.Random(0)
    turns = {name: partial(timed, one, drawn) for name, one in contenders.items()}
    return alternate(turns, rounds)


def alternate(turns: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each turn returns, one entry a round; another one is first in every round."""
    names: list[str] = list(turns)
    found: dict[str, list[float]] = {name: [] for name in names}
    for index in range(rounds):
        first = index % len(names)
        for name in names[first:] + names[:first]:
            found[name].append(turns[name]())
    return found


def timed(contender: Contender, drawn: random.Random) -> float:
    """Seconds a sample of one run."""
    block = b"1" * drawn.randrange(4 << 20)
    ready = contender.prepare()
    gc.disable()
    start = clock()
    result = contender.run(ready)
    seconds = clock() - start
    gc.enable()
    del block, ready, result
    gc.collect()
    return seconds / contender.samples


def ratio(ours: list[float], theirs: list[float]) -> tuple[float, float]:
    """Ours over theirs: the median over paired rounds, and its standard error."""
    paired = [one / other for one, other in zip(ours, theirs, strict=True)]
    return statistics.median(paired), error_of_median(paired)


def error_of_median(values: Sequence[float]) -> float:
    """The standard error of the median, from quartiles, which one disturbed round cannot move."""
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    # As for normal values: quartiles 1.349 deviations apart, a median √(π/2) times as uncertain
    # as a mean.
    return math.sqrt(math.pi / 2) * (high - low) / 1.349 / math.sqrt(len(values))
