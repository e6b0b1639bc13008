"""The map of recovery, and advice beside what the stream has shown, from `credit.json` alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from onward.report.figures.theme import PALETTE, save
from papers.credit.judgement import MARGIN, judged_advice, outcome, skills
from papers.credit.names import CONTROLS, RULES, STATES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A figure each: the families whose horizon varies, and all other tasks.
FAMILIES = ("recall", "xor", "chain")
TITLES = {
    "recall": "Recall of the sign of so many samples ago",
    "xor": "Product of a sign and that of so many samples ago",
    "chain": "A sign shown at the first of so many samples, asked for at the last",
    "others": "Other tasks",
}
ACROSS = 4


def draw(folder: Path, content: Mapping[str, Any]) -> list[Path]:
    """Draw every figure as PNG.

    Args:
        folder: made where it is not there.
        content: of `credit.json`.

    Returns:
        The files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, title in TITLES.items():
        tasks = _tasks(content, name)
        if tasks:
            drawn.append(_map(folder / f"credit-{name}.png", content, tasks, title))
    if content["advice"]:
        drawn.append(_advice(folder / "credit-advice.png", judged_advice(content)))
    return drawn


def _tasks(content: Mapping[str, Any], name: str) -> list[str]:
    """The tasks of a figure."""
    found = {task: one["family"] for task, one in content["tasks"].items()}
    if name in FAMILIES:
        return [task for task, family in found.items() if family == name]
    return [task for task, family in found.items() if family not in FAMILIES]


def _map(path: Path, content: Mapping[str, Any], tasks: Sequence[str], title: str) -> Path:
    """A panel a cell, and one for what no cell has a part in."""
    cells = list(content["scores"])
    columns = min(ACROSS, len(cells) + 1)
    rows = -(-(len(cells) + 1) // columns)

    def plot(*panels: "Axes") -> None:
        for axes in panels[len(cells) + 1 :]:
            axes.set_visible(False)
        for place, (axes, cell) in enumerate(zip(panels, cells, strict=False)):
            found = skills(content, cell)
            names = {**RULES, STATES: CONTROLS[STATES]}
            values = np.array([[found[task][rule] for task in tasks] for rule in names])
            size = content["protocol"]["sizes"][cell]
            _panel(axes, values, f"{cell}, {size} units", list(names.values()), place % columns)
            _lines(axes, [[outcome(found[task], rule) for task in tasks] for rule in RULES])
            _columns(axes, content, tasks)
        rest = [name for name in CONTROLS if name != STATES]
        controls = content["controls"]
        values = np.array([[controls[task][name]["skill"] for task in tasks] for name in rest])
        last = panels[len(cells)]
        _panel(last, values, "no network", [CONTROLS[name] for name in rest], 0)
        _columns(last, content, tasks)
        last.figure.suptitle(
            f"{title}\nSkill: 0 trivial, 100 perfect. Framed: three quarters of exact or more",
            x=0.01,
            ha="left",
            fontsize=10,
            color=PALETTE["ink"],
        )

    size = (3.1 + (1.0 + 0.42 * len(tasks)) * columns, 0.9 + 2.75 * rows)
    save(path, size, columns, plot, rows)
    return path


def _panel(axes: "Axes", values: np.ndarray, title: str, names: list[str], place: int) -> None:
    axes.imshow(np.clip(values, 0, 100), cmap="cividis", vmin=0, vmax=100, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if value < 50 else "black"
        text = f"{value + 0.0:.0f}" if value > -100 else "−100"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=7)
    axes.set_yticks(np.arange(len(names)), names if place == 0 else [""] * len(names), fontsize=8)
    axes.set_title(title)
    axes.grid(visible=False)


def _columns(axes: "Axes", content: Mapping[str, Any], tasks: Sequence[str]) -> None:
    """Horizons where the tasks are one family, else their names."""
    families = {content["tasks"][task]["family"] for task in tasks}
    alike = len(families) == 1 and len(tasks) > 1
    labels = [task.rpartition("-")[2] if alike else task for task in tasks]
    turned = 0 if alike else 90
    axes.set_xticks(np.arange(len(tasks)), labels, rotation=turned, fontsize=8)


def _lines(axes: "Axes", outcomes: Sequence[Sequence[str]]) -> None:
    """The line between where a rule works and where it does not, around every region."""
    works = np.array([[one == "works" for one in row] for row in outcomes])
    grid = np.pad(works, 1)
    for row in range(grid.shape[0] - 1):
        for column in range(grid.shape[1] - 1):
            here = grid[row, column]
            x, y = column - 0.5, row - 0.5
            if here != grid[row, column + 1]:
                axes.plot([x, x], [y - 1, y], color=PALETTE["frozen"], linewidth=1.6)
            if here != grid[row + 1, column]:
                axes.plot([x - 1, x], [y, y], color=PALETTE["frozen"], linewidth=1.6)


def _advice(path: Path, judged: Sequence[Mapping[str, Any]]) -> Path:
    """How far the best rule that propagates is ahead of immediate credit in every task, by network,
    coloured by whether the advice was right."""
    cells = list(dict.fromkeys(one["cell"] for one in judged))
    panels = [sorted((one for one in judged if one["cell"] == cell), key=_gain) for cell in cells]

    def plot(*all_axes: "Axes") -> None:
        for cell, axes, ordered in zip(cells, all_axes, panels, strict=True):
            for place, one in enumerate(ordered):
                colour = PALETTE["learner" if one["right"] else "frozen"]
                shape = "^" if one["needed"] else "o"
                axes.plot(one["gain"], place, shape, color=colour)
            axes.axvline(MARGIN, color=PALETTE["muted"], linestyle=(0, (4, 2)))
            names = [one["task"] for one in ordered]
            axes.set_yticks(np.arange(len(names)), names, fontsize=8)
            axes.set_title(f"{cell}: ▲ propagate, ● not; orange: wrong")
            axes.set_xlabel("lead of propagation, points of skill")

    size = (3.5 * len(cells), 1.2 + 0.2 * max(map(len, panels)))
    save(path, size, len(cells), plot)
    return path


def _gain(one: Mapping[str, Any]) -> float:
    return one["gain"]
