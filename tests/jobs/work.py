"""What the tests' jobs do, in workers that read no JAX."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil


def measured(seed: int, log: str, seconds: float = 0.0) -> dict[str, float]:
    """Numbers that depend on how sums are shared out; a line in a file for each call."""
    noted(log, seed)
    time.sleep(seconds)
    drawn = np.random.default_rng(seed).normal(size=(300, 300))
    return {"seed": seed, "sum": float((drawn @ drawn).sum()), "third": seed / 3}


def fails(words: str) -> None:
    raise KeyError(words)


def returns(what: str) -> Any:
    return {"nan": float("nan"), "path": Path("."), "none": None, "tuple": (1, 2)}[what]


def prints() -> int:
    print("this is no reply", flush=True)
    os.write(1, b"nor is this\n")
    return 1


def leaves() -> None:
    raise SystemExit(3)


def ends(log: str, times: int) -> str:
    """Ends its own process the first so many times."""
    noted(log, "ends")
    if len(Path(log).read_text("utf-8").splitlines()) <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return "in the end"


def surroundings() -> dict[str, Any]:
    """What a worker finds around it."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC", "XLA_FLAGS")
    return {"process": os.getpid(), **{name: os.environ[name] for name in names}}


def lingers(log: str) -> None:
    """Says which process it is in, and stays for a minute."""
    noted(log, os.getpid())
    time.sleep(60)


def alive(process: int) -> bool:
    """Whether a process still runs; one that nobody has asked about since it ended does not."""
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def waits_for(true: Callable[[], bool]) -> bool:
    """Whether something comes true within some seconds."""
    deadline = time.monotonic() + 10
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


def noted(log: str, what: object) -> None:
    """Append a line; a short one is written in one piece."""
    with open(log, "a", encoding="utf-8") as file:
        file.write(f"{what}\n")
