"""What is quick to compile, where nothing is asked of how fast it is."""

import os
import time
from contextlib import suppress
from pathlib import Path

import jax

from onward.learning import xla

# As a user has them.
KERNEL_OPTIONS = dict(xla.KERNEL_OPTIONS)
# Compiled programs that no run of the tests has made for so long are of sources that are gone.
DAYS = 14


def quicken_kernels() -> None:
    """Compile a learner's kernels without optimization; to be called before any is made."""
    xla.KERNEL_OPTIONS["xla_backend_optimization_level"] = 0


def keep_compiled(folder: Path) -> None:
    """Keep what is compiled in a folder, for this process, those that it starts and later ones.

    JAX finds a program there by its text, XLA's flags and the version of jaxlib, so what is found
    is what compiling it again would give.
    """
    oldest = time.time() - DAYS * 24 * 3600
    for path in folder.iterdir():
        # Another process may be doing the same.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < oldest:
                path.unlink()
    settings = {
        "jax_compilation_cache_dir": str(folder),
        "jax_persistent_cache_min_compile_time_secs": 0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    for name, value in settings.items():
        os.environ[name.upper()] = str(value)
        jax.config.update(name, value)
