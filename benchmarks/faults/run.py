"""Faults, tried for real: `make faults`. It prints what was tried, survived and lost."""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.faults import files, killed, signals, soak
from benchmarks.faults.outcome import Outcome

OF_FILES: dict[str, tuple[Callable[[Path, int], Outcome], int, int]] = {
    "killed": (killed.killed, 200, 5),
    "full disk": (files.full_disk, 200, 3),
    "full log": (files.full_disk_under_a_log, 200, 3),
    "read-only": (files.read_only_folder, 50, 2),
    "clock": (files.clock_going_back, 100, 3),
    "mutated": (files.mutated, 2_000, 100),
    "mutated log": (files.mutated_log, 2_000, 100),
}
SMALL = signals.Lengths(600, 100, 300, 100)


def outcomes(only: list[str], small: bool) -> list[Outcome]:
    """Everything that is asked for, each in a folder of its own."""
    found: list[Outcome] = []
    for name, (fault, many, few) in OF_FILES.items():
        if name in only:
            with tempfile.TemporaryDirectory() as folder:
                found.append(
                    fault(
                        Path(folder) / "run" if name == "killed" else Path(folder),
                        few if small else many,
                    )
                )
    if "signals" in only:
        faults = list(signals.FAULTS)
        lengths, units = (SMALL, 4) if small else (signals.Lengths(), signals.UNITS)
        found += signals.outcomes(lengths, faults, units)
    if "soak" in only:
        found.append(soak.soak(200_000 if small else 10_000_000))
    return found


def main() -> None:
    """Try, and print the table; the exit status is 1 where something was lost."""
    names = [*OF_FILES, "signals", "soak"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=names, nargs="+", default=names)
    parser.add_argument("--small", action="store_true", help="a few of each")
    arguments = parser.parse_args()
    rows = outcomes(arguments.only, arguments.small)
    table = Table("fault", "tried", "survived", "lost", "")
    for row in rows:
        table.add_row(row.fault, f"{row.tried:,}", f"{row.survived:,}", f"{row.lost:,}", row.told)
    Console(width=160).print(table)
    raise SystemExit(any(row.lost for row in rows))


if __name__ == "__main__":
    main()
