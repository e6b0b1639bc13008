"""What learning takes in memory: counted, and as a process of its own is seen to take."""

import gc
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import equinox as eqx
import jax
import numpy as np
import psutil

from onward.cells import RNN
from onward.cost.budget import counted_bytes
from onward.learning.learner import Learner
from onward.runs import parse_rule

CHECKOUT = Path(__file__).parents[1]
STEPS, PAUSE = 4, 0.0005
# Arrays lie in the process's own memory, and the C library hands freed ones back to the system
# at once instead of keeping them.
ENVIRONMENT = {
    "JAX_PLATFORMS": "cpu",
    "MALLOC_MMAP_THRESHOLD_": "65536",
    "MALLOC_TRIM_THRESHOLD_": "65536",
}


def kept(rule: str, size: int) -> int:
    """Bytes from sample to sample: weights, second moments, state and what the rule carries."""
    learner = _learner(rule, size)
    return counted_bytes(eqx.filter_eval_shape(learner.initial_state, jax.random.key(0)))


def resident(rule: str, sizes: Sequence[int]) -> list[int]:
    """The most bytes that a process takes while it learns, at each size, above its idle state.

    Measured in a process of its own, after the same has been compiled, run and thrown away there.

    Raises:
        RuntimeError: that process failed.
    """
    command = [sys.executable, "-m", "papers.footprint", rule, *map(str, sizes)]
    done = subprocess.run(
        command,
        env={**os.environ, **ENVIRONMENT},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        # A process that is killed for its memory leaves no last words.
        said = (done.stderr.splitlines() or [f"exit code {done.returncode}"])[-1]
        raise RuntimeError(
            f"Expected {' '.join(command)} to measure its memory; got {said}. Try it with more "
            "free memory, or the quick scale, whose networks are smaller."
        )
    return json.loads(done.stdout)


def _learner(rule: str, size: int) -> Learner:
    cell = RNN(1, size, key=jax.random.key(0), dtype=np.float32)
    return Learner(cell, rule=parse_rule(rule), optimizer="rmsprop")


def _learn(rule: str, size: int) -> None:
    learner, samples = _learner(rule, size), np.ones((STEPS, 1), np.float32)
    state, _ = learner.run(learner.init(jax.random.key(0)), samples, samples)
    jax.block_until_ready(state.parameters)


def _most(work: Callable[[], None]) -> int:
    """The most resident bytes while working, above those before."""
    process, stop = psutil.Process(), threading.Event()
    before = process.memory_info().rss
    seen = [before]

    def watch() -> None:
        while not stop.is_set():
            seen.append(process.memory_info().rss)
            time.sleep(PAUSE)

    watcher = threading.Thread(target=watch)
    watcher.start()
    work()
    stop.set()
    watcher.join()
    return max(seen) - before


def _measure(rule: str, sizes: Sequence[int]) -> list[int]:
    found = []
    for size in sizes:
        _learn(rule, size)
        gc.collect()
        found.append(_most(lambda size=size: _learn(rule, size)))
        gc.collect()
    return found


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], [int(size) for size in sys.argv[2:]])))
