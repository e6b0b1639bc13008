"""What `onward advise` says of the first rows of a task."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from onward.advice import advise
from onward.runs import RunConfig
from papers.credit.lanes import CELL_SIZES
from papers.credit.tasks import TASKS, padded


def measure(task: str, cell: str, rows: int, budget: float | None) -> dict[str, Any]:
    """Advice on the first rows of a task, which it reads from a table as a user's.

    Args:
        task: the name of a task.
        cell: the name of a cell.
        rows: of the prefix.
        budget: seconds; None for as long as it takes.

    Returns:
        Plain data. "needed": whether it says that propagation is needed; "by_trials": whether its
        trials alone would say so; "scores": R² of each rule that it tried; "gain": of its race;
        "recommended": a rule.
    """
    stream = TASKS[task].make(rows, 0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{task}.csv"
        names = write_table(path, padded(stream.x), stream.y)
        config = RunConfig(
            stream=str(path),
            target=("y",),
            features=names,
            task="regression",
            horizon=0,
            feedback=False,
            cell=cell,
            size=CELL_SIZES[cell],
            limit=rows,
        )
        advice = advise(config, budget=budget)
    return {
        "needed": advice.propagation_is_needed,
        "by_trials": advice.trials_need_propagation,
        "gain": None if advice.race is None else advice.race.gain,
        "scores": {trial.rule: trial.score for trial in advice.trials},
        "recommended": advice.recommended.rule,
    }


def write_table(path: Path, x: np.ndarray, y: np.ndarray) -> tuple[str, ...]:
    """Write a stream as a table of text, a missing label as an empty cell.

    Returns:
        The names of the features; the label is y.
    """
    names = tuple(f"x{column}" for column in range(x.shape[1]))
    lines = [",".join((*names, "y"))]
    for row, (label,) in zip(x, y, strict=True):
        told = "" if np.isnan(label) else f"{label:.9g}"
        lines.append(",".join((*(f"{value:.9g}" for value in row), told)))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return names
