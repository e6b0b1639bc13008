"""Every worker collects the same tests, whenever it starts."""

import os
import subprocess
import sys

import pytest


@pytest.mark.first
def test_a_later_collection_names_the_same_tests(
    collected: list[str], pytestconfig: pytest.Config
) -> None:
    """An id must depend neither on the clock nor on the order of a set."""
    alien = ("PYTEST_", "PYTHONHASHSEED")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(alien)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-n0", "-m", "", *pytestconfig.args],
        cwd=pytestconfig.invocation_params.dir,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    later = [line for line in done.stdout.splitlines() if "::" in line]
    assert later == collected
