"""Times contenders turn by turn, so that what disturbs the machine disturbs all of them alike."""

import gc
import os
import random
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil


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


@dataclass(frozen=True)
class Times:
    """Seconds a sample, one entry a round.

    Attributes:
        cpu: the processor's time for this process: turns of other programs are not in it.
        wall: the time that passed.
    """

    cpu: list[float]
    wall: list[float]


def use_one_processor() -> str:
    """Keep this process, and with it every thread of JAX and PyTorch, on the idlest processor.

    To be called before either is imported: both size their thread pools by what they may use.

    Returns:
        What was done, for a person.
    """
    if not hasattr(os, "sched_setaffinity"):
        return "all processors (this system cannot restrict a process to one)"
    allowed = os.sched_getaffinity(0)
    busy = psutil.cpu_percent(0.5, percpu=True)
    os.sched_setaffinity(0, {min(allowed, key=lambda number: busy[number])})
    return "one processor (affinity), so that every library has one thread"


def take_turns(contenders: Mapping[str, Contender], rounds: int) -> dict[str, Times]:
    """Time all contenders once a round; every run starts from freshly allocated memory.

    Where the arrays of a run lie can double its time. What a round prepares therefore moves, by
    a block of random size that is held meanwhile.
    """
    for contender in contenders.values():
        contender.run(contender.prepare())
    names, drawn = list(contenders), random.Random(0)
    times = {name: Times([], []) for name in names}
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            contender = contenders[name]
            block = np.ones(drawn.randrange(1 << 20), np.float32)
            ready = contender.prepare()
            gc.disable()
            cpu, wall = time.process_time(), time.perf_counter()
            result = contender.run(ready)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            gc.enable()
            times[name].cpu.append(cpu / contender.samples)
            times[name].wall.append(wall / contender.samples)
            del block, ready, result
            gc.collect()
    return times


def summary(seconds: list[float]) -> dict[str, float]:
    """The least and the median, in microseconds."""
    return {"minimum": 1e6 * min(seconds), "median": 1e6 * statistics.median(seconds)}


def ratio(ours: list[float], theirs: list[float]) -> dict[str, float]:
    """Ours over theirs: the median over paired rounds, and of the two minima."""
    paired = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    return {"paired": paired, "minima": min(ours) / min(theirs)}
