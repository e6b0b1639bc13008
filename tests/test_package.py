"""What importing the package does."""

import subprocess
import sys

READ = "import onward, jax; print(jax.config.read('jax_cpu_enable_async_dispatch'))"


def test_steps_are_dispatched_synchronously_on_a_cpu() -> None:
    done = subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
