"""Every worker collects the same tests, whenever it starts."""

import os
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).parent
COMMAND = [sys.executable, "-m", "pytest", "--collect-only", "-n", "0"]


def test_two_collections_a_second_apart_name_the_same_tests() -> None:
    """An id must depend neither on the clock nor on the order of a set."""
    running = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        running.append(
            subprocess.Popen(
                COMMAND, cwd=TESTS.parent, env=environment, stdout=subprocess.PIPE, text=True
            )
        )
        time.sleep(1.5)
    first, second = (
        [line for line in process.communicate()[0].splitlines() if "::" in line]
        for process in running
    )
    assert len(first) > 100
    assert first == second
