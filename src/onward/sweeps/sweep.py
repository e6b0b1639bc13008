"""A sweep: its runs as jobs, and what came of them."""

import hashlib
import json
import re
from collections.abc import Generator, Mapping
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from onward.evaluate import metrics_of
from onward.jobs import AbstractPlace, Job, Outcome, run_jobs
from onward.runs.config import RunConfig
from onward.runs.contest import LEARNER
from onward.streams import builtin_streams, fingerprint_of
from onward.sweeps.config import SweepConfig
from onward.sweeps.errors import SweepError
from onward.sweeps.mattered import mattered
from onward.sweeps.search import search
from onward.sweeps.space import Point

WORK = "onward.sweeps.work:scores"


class Sweep:
    """Runs of many settings over one stream, each of them once.

    What is done is in `jobs/` of the folder, by the name of its settings and seed. So the same
    sweep goes on where it was stopped, and one with more values, draws or seeds keeps what it can.

    Args:
        config: which runs there are.
        folder: of the results.

    Attributes:
        count: how many runs there are, or at most.

    Raises:
        ValueError: the stream, a setting or the search is not as it must be.
    """

    def __init__(self, config: SweepConfig, folder: Path):
        self.config, self.folder = config, folder
        self._search = search(config)
        self.count = self._search.points * config.seeds
        self._runs: list[tuple[Point, list[Job]]] = []
        self._outcomes: dict[str, Outcome] = {}
        first = config.config({name: _some(axis) for name, axis in config.space.items()})
        stream = first.open()
        self.metric = metrics_of(stream.info.task)[0]
        rows = min(stream.info.length, first.limit or stream.info.length)
        self._protocol = {
            **{name: version(name) for name in ("onward", "jax", "numpy")},
            "run": dict(config.run),
            "rows": rows,
            "fingerprint": f"{fingerprint_of(stream, rows):016x}",
        }

    def outcomes(self, place: AbstractPlace) -> Generator[Outcome, None, None]:
        """Do what is left to do, and give what came of each run.

        Raises:
            JobsError: the folder holds results of another stream or other shared settings, or the
                place is not there.
            ValueError: a setting has a value that no run has.
        """
        while points := self._search.ask():
            told = [(point, self._jobs(point)) for point in points]
            self._runs += [one for one in told if one not in self._runs]
            jobs = {job.name: job for _, several in told for job in several}
            found = run_jobs(list(jobs.values()), self.folder / "jobs", place, self._protocol)
            with closing(found):
                for outcome in found:
                    self._outcomes[outcome.name] = outcome
                    yield outcome
            self._search.tell([_mean(self._scores(jobs)) for _, jobs in told])

    def results(self) -> dict[str, Any]:
        """What came of the runs so far, as JSON.

        Returns:
            `metric`, by which points are compared; `settings`, the names of what varies;
            `config`, what does not; `seeds`; `points`, the best first, each with its `settings`,
            its `runs` (`seed` and `scores` of each learner by metric) and its `errors`; and
            `mattered`: see `mattered`.

        Raises:
            SweepError: every run failed.
        """
        points = [self._told(point, jobs) for point, jobs in self._runs]
        runs = [(one["settings"], run) for one in points for run in one["runs"]]
        if not runs:
            errors = [error for one in points for error in one["errors"]]
            raise SweepError(
                f"Expected runs that succeed; got none of {len(errors)}: {errors[0]}. Try one "
                "point by `onward run`."
            )
        points.sort(key=lambda one: self._rank(one["runs"]), reverse=True)
        scores = [run["scores"][LEARNER][self.metric.key] for _, run in runs]
        return {
            "versions": {name: self._protocol[name] for name in ("onward", "jax", "numpy")},
            "metric": self.metric.key,
            "task": runs[0][1]["task"],
            "method": self.config.method,
            "config": self._protocol["run"],
            "settings": list(self.config.space),
            "seeds": self.config.seeds,
            "points": points,
            "mattered": mattered(self.config.space, [point for point, _ in runs], scores),
        }

    def _jobs(self, point: Point) -> list[Job]:
        jobs = []
        for seed in range(self.config.seeds):
            made = self.config.config(point, seed)
            settings = self.config.settings(point, seed) | {"stream": _anywhere(made.stream)}
            if made.warm_start:
                settings["warm_start"] = str(Path(made.warm_start).absolute())
            # The larger the network, the longer it takes.
            jobs.append(Job(_name(point, made), WORK, settings, cost=made.size**2))
        return jobs

    def _told(self, point: Point, jobs: list[Job]) -> dict[str, Any]:
        done = [(job, self._outcomes[job.name]) for job in jobs if job.name in self._outcomes]
        return {
            "settings": point,
            "runs": [
                {"seed": job.arguments["seed"], **one.value} for job, one in done if not one.error
            ],
            "errors": [one.error for _, one in done if one.error],
        }

    def _scores(self, jobs: list[Job]) -> list[float | None]:
        found = (self._outcomes[job.name] for job in jobs)
        return [
            None if one.error else one.value["scores"][LEARNER][self.metric.key] for one in found
        ]

    def _rank(self, runs: list[Mapping[str, Any]]) -> float:
        mean = _mean([run["scores"][LEARNER][self.metric.key] for run in runs])
        return -np.inf if mean is None else mean


def _mean(scores: list[float | None]) -> float | None:
    present = [score for score in scores if score is not None]
    return float(np.mean(present)) if present and len(present) == len(scores) else None


def _some(axis: Any) -> Any:
    return axis.values[0] if hasattr(axis, "values") else axis.low


def _anywhere(stream: str | tuple[str, ...]) -> str | list[str]:
    """A stream as a process in another folder finds it."""
    if isinstance(stream, tuple):
        return [str(Path(path).absolute()) for path in stream]
    known = stream in {row.name for row in builtin_streams()}
    return stream if known else str(Path(stream).absolute())


def _name(point: Point, config: RunConfig) -> str:
    words = re.sub(r"[^A-Za-z0-9.]+", "-", "-".join(map(str, point.values()))).strip("-.")
    told = {name: value for name, value in config.as_dict().items() if name != "seed"}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:8]
    return f"{words[:80] or 'point'}-{digest}-seed-{config.seed}"
