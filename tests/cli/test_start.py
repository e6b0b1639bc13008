"""What the command line does before a command: little, and it says its version."""

import subprocess
import sys

import pytest

from onward import __version__

from .conftest import Command

HEAVY = ("pandas", "pyarrow", "matplotlib", "jinja2", "river", "sklearn")
IMPORTED = f"""
import sys
sys.argv = ["onward", *sys.argv[1:]]
from onward.cli import main
try:
    main()
except SystemExit as ended:
    code = ended.code or 0
import jax
print(code, [name for name in {HEAVY} if name in sys.modules])
print(jax.config.read("jax_cpu_enable_async_dispatch"))
"""


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--help"], 0), (["--version"], 0), (["run", "no.csv"], 2)]
)
def test_nothing_heavy_is_imported_before_it_is_needed(arguments: list[str], code: int) -> None:
    command = [sys.executable, "-c", IMPORTED, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == [f"{code} []", "False"]


def test_it_tells_its_version(onward: Command) -> None:
    found = onward("--version")
    assert (found.code, found.out, found.err) == (0, f"onward {__version__}\n", "")


@pytest.mark.parametrize("absent", ["typer", "jinja2"])
def test_without_a_package_of_the_extra_it_says_what_to_install(
    absent: str, onward: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "onward.streams.installed.find_spec", lambda name: None if name == absent else object()
    )
    found = onward("streams")
    assert (found.code, found.out) == (2, "")
    expected = (
        "error Expected typer, rich, pandas, pyarrow, matplotlib, jinja2 for the command line; got "
        f"a Python without {absent}; try pip install {absent}.\n"
    )
    assert found.err == expected
