"""The Pythons that contestants run in: ours, and those that peers have for themselves."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Environment:
    """A Python with its packages.

    Attributes:
        python: its path.
        pins: the file of what it installs; a result that was kept holds as long as it does.
        remedy: what makes it.
        packages: those that matter, for the page.
    """

    python: Path
    pins: Path
    remedy: str
    packages: tuple[str, ...]

    def missing(self) -> str | None:
        """Why it cannot be used; None where it can."""
        if self.python.exists():
            return None
        where = self.python.relative_to(ROOT)
        return f"Expected an environment at {where}; got none. Try `{self.remedy}`."

    def versions(self) -> str:
        """Names and versions of its packages, in words."""
        code = (
            "import sys, json, importlib.metadata as m; "
            "print(json.dumps([f'{p} {m.version(p)}' for p in sys.argv[1:]]))"
        )
        command = [self.python, "-c", code, *self.packages]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return ", ".join(json.loads(printed))


def _own(folder: str, pins: str, packages: tuple[str, ...]) -> Environment:
    path = ROOT / folder
    return Environment(path / "bin" / "python", HERE / pins, f"make {folder}/.stamp", packages)


ENVIRONMENTS: Mapping[str, Environment] = {
    "onward": Environment(
        Path(sys.executable), ROOT / "constraints.txt", "make test", ("onward", "jax", "numpy")
    ),
    "peers": _own(".venv-peers", "peers-constraints.txt", ("river", "capymoa", "numpy")),
    "deep-river": _own(
        ".venv-deep-river", "deep-river-constraints.txt", ("deep-river", "river", "torch", "numpy")
    ),
}
