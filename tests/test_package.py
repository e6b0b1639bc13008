"""What importing the package does to its host: nothing. What one call does: what it says."""

import json
import re
import subprocess
import sys
from pathlib import Path

import onward

SETTINGS = "{name: repr(value) for name, value in jax.config.values.items()}"
CHANGED = f"""
import json, logging, os, signal, sys, warnings
import jax
def host():
    return {{
        **{SETTINGS},
        "environment": repr(sorted(os.environ.items())),
        "logging": repr((logging.root.handlers, logging.root.level)),
        "own log": repr(logging.getLogger("onward").handlers),
        "signals": repr([signal.getsignal(number) for number in sorted(signal.valid_signals())]),
        "warnings": repr(warnings.filters),
    }}
{{first}}
before = host()
{{statement}}
after = host()
print(json.dumps(sorted(name for name in before if before[name] != after[name])))
print(len(before))
"""


def changed_by(statement: str, first: str) -> list[str]:
    """The settings of a process that a statement changes, after a first one."""
    script = CHANGED.replace("{statement}", statement).replace("{first}", first)
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    changed, count = done.stdout.splitlines()
    assert int(count) > 20
    return json.loads(changed)


def test_the_import_changes_no_setting_of_jax_nor_of_the_process() -> None:
    rooms = ("streams", "recordings", "diagnose", "testing", "runs", "report")
    modules = ", ".join(("onward", *(f"onward.{room}" for room in rooms)))
    # What our dependencies change by being imported is theirs.
    assert changed_by(f"import {modules}", first="import equinox, optax") == []


def test_one_call_makes_dispatch_on_a_cpu_synchronous_and_changes_nothing_else() -> None:
    found = changed_by("onward.fast_dispatch()", first="import onward; onward.Learner")
    assert found == ["jax_cpu_enable_async_dispatch"]


def test_no_path_leads_out_of_the_package() -> None:
    """What is installed has no neighbours, and no folder of data that it could guess."""
    leading_out = re.compile(r"\.\./|shared/data")
    texts = (
        path for path in Path(onward.__file__).parent.rglob("*") if path.suffix in (".py", ".j2")
    )
    assert [path.name for path in texts if leading_out.search(path.read_text("utf-8"))] == []


LAZY = """
import sys
import onward, onward.recordings, onward.streams
assert getattr(onward, "__wrapped__", None) is None
assert "jax" not in sys.modules, "streams, recordings and the bare package need none"
assert "GRU" in dir(onward) and "jax" in sys.modules
from onward import *
assert GRU is onward.GRU is onward.cells.GRU and cost is onward.cost
assert all(hasattr(onward, name) for name in onward.__all__)
try:
    onward.Gru
except AttributeError as error:
    print(error)
"""


def test_names_are_read_when_the_first_is_asked_for() -> None:
    done = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True)
    assert done.stdout == "module 'onward' has no attribute 'Gru'\n", done.stderr
