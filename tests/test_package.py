"""What importing the package does."""

import re
import subprocess
import sys
from pathlib import Path

import onward

READ = "import onward, jax; print(jax.config.read('jax_cpu_enable_async_dispatch'))"


def test_steps_are_dispatched_synchronously_on_a_cpu() -> None:
    done = subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_no_path_leads_out_of_the_package() -> None:
    """What is installed has no neighbours, and no folder of data that it could guess."""
    leading_out = re.compile(r"\.\./|shared/data")
    texts = (
        path for path in Path(onward.__file__).parent.rglob("*") if path.suffix in (".py", ".j2")
    )
    assert [path.name for path in texts if leading_out.search(path.read_text("utf-8"))] == []
