"""Predictions of a live stream, on standard output as they are made."""

import json
import math
import os
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from onward.runs import Plan
from onward.runs.contest import LEARNER
from onward.runs.intervals import ENDS
from onward.streams import Chunk, StreamInfo


class Teller:
    """Prints one JSON object a row, once it has begun.

    Attributes:
        closed: whether nobody reads any more.
    """

    def __init__(self) -> None:
        self.closed = False
        self._plan: Plan | None = None

    def begin(self, plan: Plan) -> None:
        """Print from now on."""
        self._plan = plan

    def __call__(self, first: int, chunk: Chunk, made: Mapping[str, np.ndarray]) -> None:
        """Print the predictions made at some rows, and their intervals if there are any.

        Args:
            first: the first of the rows.
            chunk: the rows.
            made: "onward", and perhaps "low" and "high", each of shape (rows, outputs).
        """
        if self._plan is None or self.closed:
            return
        lines = [json.dumps(line) for line in told(self._plan, first, chunk, made)]
        try:
            print("\n".join(lines), flush=True)
        except BrokenPipeError:
            self.closed = True
            # What is left in the buffer goes nowhere, without a complaint at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def told(
    plan: Plan, first: int, chunk: Chunk, made: Mapping[str, np.ndarray]
) -> list[dict[str, Any]]:
    """Each row's number, its time if it has one, which row is predicted if another, and how."""
    lines, names = [], plan.info.target_names
    for index, prediction in enumerate(made[LEARNER]):
        line: dict[str, Any] = {"row": first + index}
        if chunk.time is not None:
            line["time"] = _moment(chunk.time[index])
        if plan.horizon:
            line["of_row"] = first + index + plan.horizon
        line |= _predicted(plan.info, prediction)
        ends = {end: made[end][index] for end in ENDS if end in made}
        line |= {end: dict(zip(names, _numbers(of), strict=True)) for end, of in ends.items()}
        lines.append(line)
    return lines


def _predicted(info: StreamInfo, prediction: np.ndarray) -> Mapping[str, Any]:
    numbers = _numbers(prediction)
    if info.task == "regression":
        return {"prediction": dict(zip(info.target_names, numbers, strict=True))}
    best = None if None in numbers else info.class_names[int(np.argmax(prediction))]
    return {"prediction": best, "p": dict(zip(info.class_names, numbers, strict=True))}


def _numbers(values: np.ndarray) -> list[float | None]:
    return [float(value) if math.isfinite(value) else None for value in values]


def _moment(time: Any) -> str | float | None:
    if isinstance(time, np.datetime64):
        return None if np.isnat(time) else str(time)
    return float(time) if math.isfinite(time) else None
