"""The core's speed beside its goals, from one run: `make bench-core`.

Each part is measured in a process of its own (see the modules beside this one). Where it says
"processor time", other programs' turns on the machine are not in the figure.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import start

HERE = Path(__file__).parent
LATENCY_REPEATS = 3
PACKAGES = ("onward", "jax", "jaxlib", "equinox", "optax", "torch", "numpy")


@dataclass(frozen=True)
class Goal:
    """A figure and the most that it may be."""

    name: str
    value: float
    limit: float

    @property
    def met(self) -> bool:
        """Whether it is."""
        return self.value <= self.limit


def measure(script: str, *arguments: str) -> Any:
    """What a module beside this one prints, run as a script."""
    done = subprocess.run(
        [sys.executable, str(HERE / script), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def table(title: str, *columns: str) -> Table:
    """An empty table whose columns are numbers but for the first."""
    made = Table(title=title, title_justify="left", title_style="bold")
    for index, column in enumerate(columns):
        made.add_column(column, justify="right" if index else "left")
    return made


def least_median(times: dict[str, float], digits: int = 1) -> tuple[str, str]:
    """The two columns of a time."""
    return f"{times['minimum']:.{digits}f}", f"{times['median']:.{digits}f}"


def updates(console: Console) -> tuple[Any, list[Goal]]:
    """One online update against the same written by hand."""
    result, goals = measure("updates.py"), []
    names = {
        "bare": "onward, no guards, no normalisation",
        "full": "onward, guards and normalisation",
        "scan": "jax.lax.scan by hand",
        "torch": "PyTorch, eager",
    }
    shown = table(
        "Immediate + RMSprop on a vanilla RNN: processor time in µs a sample",
        "", "n", "min", "median", "/ scan", "of minima", "/ PyTorch", "of minima",
    )  # fmt: skip
    for size in result["sizes"]:
        ratios = size["ratios"]
        for name, label in names.items():
            row = [label, str(size["units"]), *least_median(size["microseconds"][name])]
            for other in ("scan", "torch"):
                found = ratios.get(f"{name}/{other}")
                row += [f"{found['paired']:.3f}", f"{found['minima']:.3f}"] if found else ["", ""]
            shown.add_row(*row, end_section=name == "torch")
        for name, limit in (("bare", 1.15), ("full", 1.5)):
            value = ratios[f"{name}/scan"]["paired"]
            goals.append(Goal(f"{name} / scan, n={size['units']}", value, limit))
    console.print(shown)
    console.print(f"On {result['processors']}. Ratios: median of paired rounds, then of minima.")
    for size in result["sizes"]:
        apart = size["largest_difference"]
        console.print(
            f"Largest difference of predictions, n={size['units']}: onward from scan "
            f"{apart['scan']:.1e}, from PyTorch {apart['torch']:.1e} "
            f"(largest prediction {apart['predictions']:.2g})."
        )
    console.print()
    return result, goals


def latency(console: Console) -> tuple[Any, list[Goal]]:
    """One prediction read back in Python."""
    names = {"onward": "as imported", "asynchronous": "with JAX's asynchronous dispatch"}
    runs = {name: [] for name in names}
    for _ in range(LATENCY_REPEATS):
        for name, found in runs.items():
            found.append(measure("latency.py", name))
    shown = table(
        f"One Learner.step and its prediction read, n=64: µs; best of {LATENCY_REPEATS} processes",
        "", "min", "median", "99 %",
    )  # fmt: skip
    best = {name: min(found, key=lambda run: run["median"]) for name, found in runs.items()}
    for name, label in names.items():
        keys = ("minimum", "median", "p99")
        shown.add_row(label, *(f"{best[name][key]:.0f}" for key in keys))
    goals = [Goal("step with its prediction read, µs", best["onward"]["median"], 80.0)]
    result = {"best": best, "all": runs}
    console.print(shown, "", sep="\n")
    return result, goals


def influence(console: Console) -> tuple[Any, list[Goal]]:
    """Sparse credit against exact RTRL."""
    result, goals = measure("influence.py"), []
    names = {"exact": "RTRL", "row": "SparseRTRL(k=4)", "shared": 'SparseRTRL(k=4, "shared")'}
    shown = table(
        "RTRL on a vanilla RNN: processor time in µs a sample, and memory",
        "", "n", "min", "median", "/ RTRL", "of minima", "carry, bytes", "/ parameters",
    )  # fmt: skip
    for size in result["sizes"]:
        for name, label in names.items():
            row = [label, str(size["units"]), *least_median(size["microseconds"][name], 0)]
            found = size["ratios"].get(name)
            row += [f"{found['paired']:.3f}", f"{found['minima']:.3f}"] if found else ["", ""]
            held = size["carry_bytes"][name]
            row += [f"{held:,}", f"{held / size['parameter_bytes']:.2f}"]
            shown.add_row(*row, end_section=name == "shared")
        value = size["ratios"]["row"]["paired"]
        goals.append(Goal(f"sparse / exact RTRL, n={size['units']}", value, 0.45))
    console.print(shown, f"On {result['processors']}.", "", sep="\n")
    return result, goals


def first_seconds(console: Console) -> tuple[Any, list[Goal]]:
    """Import and first result."""
    result = start.measure()
    shown = table("From nothing: seconds", "", "processor", "wall", "ratio")
    cpu, wall = result["import_cpu_seconds"], result["import_wall_seconds"]
    shown.add_row("import jax, equinox, optax", f"{cpu['parts']:.2f}", f"{wall['parts']:.2f}", "")
    ratio = result["import_ratio"]
    shown.add_row("import onward", f"{cpu['onward']:.2f}", f"{wall['onward']:.2f}", f"{ratio:.2f}")
    run = result["first_run"]
    label = "onward " + " ".join(start.FIRST_RUN)
    shown.add_row(label, f"{run['cpu_seconds']:.1f}", f"{run['wall_seconds']:.1f}", "")
    console.print(shown)
    goals = [Goal("import onward / its parts", ratio, 1.5)]
    if run["failure"]:
        console.print(f"The run failed, so that its time says nothing: {run['failure']}")
    else:
        goals.append(Goal("first run, seconds of processor time", run["cpu_seconds"], 15.0))
    console.print()
    return result, goals


PARTS = {
    "updates": updates,
    "latency": latency,
    "influence": influence,
    "start": first_seconds,
}


def main() -> None:
    """Measure, print, and write the JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="a JSON file for the figures")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS))
    arguments = parser.parse_args()
    os.environ["JAX_PLATFORMS"] = "cpu"
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    console = Console(width=110) if not sys.stdout.isatty() else Console()
    console.print(
        ", ".join(f"{name} {number}" for name, number in versions.items()),
        f"Python {platform.python_version()}; {os.cpu_count()} processors, "
        f"load {os.getloadavg()[0]:.1f} at the start.",
        "",
        sep="\n",
    )
    results: dict[str, Any] = {"versions": versions, "processors": os.cpu_count()}
    goals: list[Goal] = []
    for part in arguments.only:
        results[part], reached = PARTS[part](console)
        goals += reached
    shown = table("Goals", "", "measured", "at most", "")
    for goal in goals:
        verdict = "met" if goal.met else "[red]missed[/red]"
        shown.add_row(goal.name, f"{goal.value:.3g}", f"{goal.limit:g}", verdict)
    console.print(shown)
    results["goals"] = [{**asdict(goal), "met": goal.met} for goal in goals]
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
