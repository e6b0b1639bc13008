"""A place whose runs take no time: their scores follow from their settings."""

import json
from collections.abc import Callable, Generator, Sequence
from typing import Any

from onward.jobs import AbstractPlace, Job, Outcome


class Made(AbstractPlace):
    """Answers with a score for each setting, and remembers for which it was asked.

    Args:
        score: of the arguments of a job; None where there is none, a text where it fails.
    """

    def __init__(self, score: Callable[[dict[str, Any]], float | str | None]):
        self.score, self.asked = score, []

    def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        for job in jobs:
            self.asked.append(job.name)
            found = self.score(json.loads(json.dumps(job.arguments)))
            if isinstance(found, str):
                yield Outcome(job.name, error=found)
            else:
                yield Outcome(job.name, told(found))


def told(score: float | None) -> dict[str, Any]:
    """What a run with that R² returns."""
    others = {"frozen after warm-up": 0.2, "last label": 0.5, "linear (RLS)": 0.6}
    scores = {"onward": score, **others}
    return {
        "learner": "a network",
        "task": "regression",
        "scores": {
            name: {"r2": r2, "mae": 1.0, "rmse": 2.0, "smape": None} for name, r2 in scores.items()
        },
    }
