"""How long a person waits at the start: for the import, and for a first result."""

import os
import statistics
import subprocess
import sys
import tempfile

import timing
from rows import Row, print_rows

ROUNDS, RUNS = 5, 3
IMPORTS = {"onward": "import onward; onward.Learner", "parts": "import jax, equinox, optax"}
FIRST_RUN = ("run", "water-flow", "--limit", "1000")
IMPORT_LIMIT, RUN_LIMIT = 1.5, 15.0


def measure() -> list[Row]:
    """Everything in fresh processes; imports alternate. CPU time."""
    seconds: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for _ in range(ROUNDS + 1):
        for name, statement in IMPORTS.items():
            seconds[name].append(_timed([sys.executable, "-c", statement]))
    ours, parts = (seconds[name][1:] for name in IMPORTS)
    value, noise = timing.ratio(ours, parts)
    middle = [statistics.median(each) for each in (ours, parts)]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "onward.cli", *FIRST_RUN, "--out"]
        first = [_timed([*command, f"{folder}/{turn}"]) for turn in range(RUNS)]
    label = "first run on the command line, seconds of CPU time"
    run = Row(label, statistics.median(first), RUN_LIMIT, noise=timing.error_of_median(first))
    return [
        Row("import onward / import jax, equinox, optax", value, IMPORT_LIMIT, *middle, "s", noise),
        run,
    ]


def _timed(command: list[str]) -> float:
    """Seconds of CPU time until a process has ended."""
    before = os.times()
    subprocess.run(command, capture_output=True, check=True)
    after = os.times()
    used = after.children_user + after.children_system
    return used - before.children_user - before.children_system


if __name__ == "__main__":
    print_rows("CPU time", measure())
