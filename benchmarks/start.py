"""How long a person waits at the start: for the import, and for a first result."""

import os
import statistics
import subprocess
import sys
import tempfile

from rows import Row, print_rows

ROUNDS = 5
IMPORTS = {"onward": "import onward", "parts": "import jax, equinox, optax"}
FIRST_RUN = ("run", "water-flow", "--limit", "1000")
IMPORT_LIMIT, RUN_LIMIT = 1.5, 15.0


def measure() -> list[Row]:
    """Everything in fresh processes; imports alternate. Processor time."""
    seconds: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for _ in range(ROUNDS + 1):
        for name, statement in IMPORTS.items():
            seconds[name].append(_timed([sys.executable, "-c", statement]))
    ours, parts = (seconds[name][1:] for name in IMPORTS)
    value = statistics.median(one / other for one, other in zip(ours, parts, strict=True))
    middle = [statistics.median(each) for each in (ours, parts)]
    with tempfile.TemporaryDirectory() as folder:
        first = _timed([sys.executable, "-m", "onward.cli", *FIRST_RUN, "--out", f"{folder}/out"])
    return [
        Row("import onward / import jax, equinox, optax", value, IMPORT_LIMIT, *middle, "s"),
        Row("first run on the command line, seconds of processor time", first, RUN_LIMIT),
    ]


def _timed(command: list[str]) -> float:
    """Seconds of processor time until a process has ended."""
    before = os.times()
    subprocess.run(command, capture_output=True, check=True)
    after = os.times()
    used = after.children_user + after.children_system
    return used - before.children_user - before.children_system


if __name__ == "__main__":
    print_rows("processor time", measure())
