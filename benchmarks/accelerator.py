"""The figures of an accelerator, in six minutes: `make bench-gpu`.

JAX has to be installed for it. The results, with the device and the versions, are written to
`benchmarks/accelerator.json`, and their section of `docs/benchmarks.md` with them. With `--small`
all parts run anywhere, in sizes that say nothing, and the results go to `out/accelerator.json`.
"""

import argparse
import json
import shlex
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import jax

import device_parts
from accelerator_page import with_accelerator
from machine import describe
from onward import fast_dispatch
from places import ACCELERATOR, HERE, PAGE
from rows import Row, tables

OUT = HERE.parent / "out" / "accelerator.json"
# A part is begun no later than this; the longest takes less than two minutes on a GPU.
LATEST = 240.0
Parts = Mapping[str, Callable[[], list[Row]]]
# Memory is first: a device tells the most that was ever held.
FULL: Parts = {
    "memory": partial(device_parts.memory, 1024),
    "exact": partial(device_parts.exact, 1024, count=20, rounds=5),
    "step": partial(device_parts.steps, (64, 1024), count=500, rounds=5),
    "fleets": partial(
        device_parts.fleets, 64, (1, 10, 100, 1_000, 10_000), few=10, count=200, rounds=5
    ),
    "agreement": partial(device_parts.agreement, 64, few=10, count=200),
}
SMALL: Parts = {
    "memory": partial(device_parts.memory, 8),
    "exact": partial(device_parts.exact, 8, count=4, rounds=2),
    "step": partial(device_parts.steps, (8,), count=4, rounds=2),
    "fleets": partial(device_parts.fleets, 8, (1, 2), few=2, count=4, rounds=2),
    "agreement": partial(device_parts.agreement, 8, few=2, count=4),
}


def measured(parts: Parts, write: Callable[[dict[str, Any]], None], command: str) -> dict[str, Any]:
    """The results of all parts, written after each; a part that fails is named, and why."""
    start = time.perf_counter()
    found: dict[str, Any] = {
        "place": device_parts.place(),
        "machine": describe(command),
        "seconds": {},
        "rows": {},
        "failed": {},
    }
    for part, measure in parts.items():
        begun = time.perf_counter()
        if begun - start > LATEST:
            found["failed"][part] = f"not begun within {LATEST:.0f} s"
            continue
        try:
            rows = measure()
        # Whatever a device or its compiler raises: the other parts still have their figures.
        except Exception as error:
            reason = str(error).partition("\n")[0]
            found["failed"][part] = f"{type(error).__name__}: {reason}"
        else:
            found["rows"][part] = [asdict(row) for row in rows]
            print(*tables({part: rows}, {}), sep="\n", flush=True)
        found["seconds"][part] = round(time.perf_counter() - begun, 1)
        write(found)
    return found


def main() -> int:
    """Measure, print and write; 1 where a part failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="sizes that say nothing, anywhere")
    parser.add_argument("--out", type=Path, help="a JSON file for the results, and no page")
    arguments = parser.parse_args()
    fast_dispatch()
    backend = jax.default_backend()
    if backend == "cpu" and not arguments.small:
        parser.error(
            "Expected JAX on an accelerator; got JAX on CPUs alone. Try --small, or install JAX "
            "for your accelerator."
        )
    kept = not (arguments.small or arguments.out)
    path = arguments.out or (ACCELERATOR if kept else OUT)
    path.parent.mkdir(parents=True, exist_ok=True)

    def write(found: dict[str, Any]) -> None:
        path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")

    command = "make bench-gpu" if kept else shlex.join(["python", *sys.argv])
    found = measured(SMALL if arguments.small else FULL, write, command)
    if kept:
        PAGE.write_text(with_accelerator(PAGE.read_text(), found))
    print("", *(f"{part} failed: {why}" for part, why in found["failed"].items()), sep="\n")
    print(f"The results are in {path}.")
    return int(bool(found["failed"]))


if __name__ == "__main__":
    sys.exit(main())
