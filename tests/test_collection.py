"""Every worker collects the same tests, whenever it starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.first
def test_a_later_collection_names_the_same_tests(
    collected: list[str], pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    """An id must depend neither on the clock nor on the order of a set."""
    alien = ("PYTEST_", "PYTHONHASHSEED")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(alien)}
    # As found, before pytest sorts them by what is to be run.
    later = tmp_path / "later"
    subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-n0", "-m", "", *pytestconfig.args],
        cwd=pytestconfig.invocation_params.dir,
        env={**environment, "ONWARD_COLLECTED": str(later)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    assert later.read_text().splitlines() == collected
