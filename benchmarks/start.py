"""How long a person waits at the start: for the import, and for a first result."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

ROUNDS = 5
IMPORTS = {"onward": "import onward", "parts": "import jax, equinox, optax"}
FIRST_RUN = ("run", "water-flow", "--limit", "1000")


def measure() -> dict[str, Any]:
    """Everything in fresh processes; imports alternate."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in IMPORTS}
    for _ in range(ROUNDS + 1):
        for name, statement in IMPORTS.items():
            times[name].append(_timed([sys.executable, "-c", statement])[:2])
    cpu = {name: [one[0] for one in pairs[1:]] for name, pairs in times.items()}
    wall = {name: [one[1] for one in pairs[1:]] for name, pairs in times.items()}
    paired = [one / other for one, other in zip(cpu["onward"], cpu["parts"], strict=True)]
    return {
        "import_cpu_seconds": {name: statistics.median(one) for name, one in cpu.items()},
        "import_wall_seconds": {name: statistics.median(one) for name, one in wall.items()},
        "import_ratio": statistics.median(paired),
        "first_run": _first_run(),
    }


def _first_run() -> dict[str, Any]:
    """The command line from start to exit, nothing compiled before."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "onward.cli", *FIRST_RUN, "--out", f"{folder}/out"]
        cpu, wall, done = _timed(command)
    failure = (done.stderr or done.stdout).strip()[-300:] if done.returncode else None
    return {"cpu_seconds": cpu, "wall_seconds": wall, "failure": failure}


def _timed(command: list[str]) -> tuple[float, float, subprocess.CompletedProcess[str]]:
    """Seconds of processor time and of wall time until a process has ended."""
    before, start = os.times(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    wall, after = time.perf_counter() - start, os.times()
    used = after.children_user + after.children_system
    return used - before.children_user - before.children_system, wall, done
