"""What the figures were measured on, and with."""

import importlib.metadata
import importlib.util
import os
import platform
import subprocess
from pathlib import Path

import psutil

from places import PEER

PACKAGES = ("onward", "jax", "jaxlib", "equinox", "optax", "numpy", "torch")
PEER_PACKAGES = ("braintrace", "brainstate", "braintools", "jax", "numpy")
CPU = Path("/proc/cpuinfo")


def describe(command: str) -> dict[str, str]:
    """In words: the command, the machine, and the versions here and in the peer's environment."""
    found = {
        "command": command,
        "CPU": f"{_model()}, {os.cpu_count()} CPUs",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "load at the start": f"{os.getloadavg()[0]:.1f}",
        "versions": f"Python {platform.python_version()}, {', '.join(_versions())}",
    }
    if PEER.exists():
        found["versions beside braintrace"] = ", ".join(_peer_versions())
    return found


def _model() -> str:
    """The processor's name; Python knows it on some systems only."""
    if CPU.exists():
        for line in CPU.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _versions() -> list[str]:
    """Of the packages that the figures depend on, where they are installed."""
    there = [name for name in PACKAGES if importlib.util.find_spec(name)]
    return [f"{name} {importlib.metadata.version(name)}" for name in there]


def _peer_versions() -> list[str]:
    code = "import sys, importlib.metadata as m; print(*map(m.version, sys.argv[1:]))"
    command = [str(PEER), "-c", code, *PEER_PACKAGES]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [" ".join(pair) for pair in zip(PEER_PACKAGES, printed.split(), strict=True)]
