"""One job: a rule, or a control, of one network on one task with one seed."""

from itertools import pairwise
from typing import Any

import numpy as np

from papers.credit import controls, lanes
from papers.credit.tasks import TASKS, padded

# Of the rows, the last third is scored; and the curve has so many parts.
SCORED, PARTS = 3, 6
STATES = "states-read"
# The controls that no cell has a part in.
NO_CELL = "none"


def measure(task: str, cell: str, rule: str, seed: int, rows: int) -> dict[str, Any]:
    """Errors of a pass, every prediction made before its label was learnt from.

    Args:
        task: the name of a task.
        cell: the name of a cell; "none" for a control without one.
        rule: as `onward run --rule` takes it, or the name of a control.
        seed: of the stream, the weights, and of what the rule draws.
        rows: samples.

    Returns:
        Plain data. "error" and "trivial": mean squared errors over the labels of the last third of
        the rows, of the predictions and of the best constant in hindsight; "labels": how many those
        are. "curve": the error in each sixth of the rows. "rates": the error at each rate alone.
        None stands for what is not finite.
    """
    stream = TASKS[task].make(rows, seed)
    y = stream.y
    each = np.empty((0, len(y), 1))
    if rule == STATES:
        prediction = controls.states_read(cell, seed, stream.x, y)
    elif rule in controls.OF_STREAM:
        prediction = controls.OF_STREAM[rule](stream.x, y)
    else:
        each = lanes.lanes(cell, rule, seed, padded(stream.x), y)
        prediction = lanes.mixed(each, y)
    last = slice(rows - rows // SCORED, rows)
    labels = y[last][np.isfinite(y[last])].astype(np.float64)
    edges = np.linspace(0, rows, PARTS + 1).astype(int)
    return {
        "error": _error(prediction[last], y[last]),
        "trivial": float(labels.var()) if len(labels) else None,
        "labels": len(labels),
        "curve": [_error(prediction[start:stop], y[start:stop]) for start, stop in pairwise(edges)],
        "rates": [_error(one[last], y[last]) for one in each],
    }


def _error(prediction: np.ndarray, y: np.ndarray) -> float | None:
    """The mean square over the labels there are; a prediction that is missing makes it endless."""
    known = np.isfinite(y)
    if not known.any():
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        found = float(np.mean((prediction[known].astype(np.float64) - y[known]) ** 2))
    return found if np.isfinite(found) else None
