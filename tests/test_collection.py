"""Every worker collects the same tests, whenever it starts.

That two that start at once do is what xdist itself asks of them, each with a hash seed of its own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest


# Where ids have held what was computed, and all there is.
@pytest.mark.matrix
@pytest.mark.parametrize("part", ["tests/streams", ""])
def test_a_later_collection_names_the_same_tests(
    part: str, collected: list[str], pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    """An id must depend neither on the clock nor on the order of a set."""
    alien = ("PYTEST_", "PYTHONHASHSEED")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(alien)}
    here = [name for name in collected if name.startswith(part)]
    if not here:
        pytest.skip(f"nothing of {part} is collected")
    # As found, before pytest sorts them by what is to be run.
    later = tmp_path / "later"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--collect-only",
            "-n0",
            "-m",
            "",
            *([part] if part else pytestconfig.args),
        ],
        cwd=pytestconfig.rootpath if part else pytestconfig.invocation_params.dir,
        env={**environment, "ONWARD_COLLECTED": str(later)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    assert later.read_text().splitlines() == here
