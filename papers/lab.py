"""Where settings are run: each once, and remembered on disk for every claim that asks again."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from papers import baselines
from papers.adaptation import Network, pretrained, sweep
from papers.files import write_json
from papers.multiverse.study import Measured, file_of
from papers.setting import Method, Setting
from papers.tasks import AbstractTask

# Seeds that learning rates are chosen by; none of them is scored.
VALIDATION = 1000
# By how many rates a grid may grow at an end where the best lies: two decades.
GROWTH = 4


class Lab:
    """Runs settings at one scale and keeps their scores.

    Args:
        folder: where scores are kept; made where there is none.
        seeds: how many networks a setting.
        factor: divides sizes and pre-training; 1 is the full scale, 4 the quick one.
        threads: how many networks learn at a time.
    """

    def __init__(self, folder: Path, seeds: int, factor: int, threads: int):
        self.folder, self.factor, self.threads = folder, factor, threads
        self.seeds = tuple(range(seeds))
        self.progress: Callable[[str], None] = lambda _: None

    def with_seeds(self, count: int) -> "Lab":
        """The same with so many networks a setting; a quick one keeps its own."""
        seeds = count if self.factor == 1 else len(self.seeds)
        lab = Lab(self.folder, seeds, self.factor, self.threads)
        lab.progress = self.progress
        return lab

    def scaled(self, setting: Setting) -> Setting:
        """The setting as it is run here."""
        task = setting.task.shrunk(self.factor)
        return replace(setting, task=task, size=max(4, setting.size // self.factor))

    def errors(self, setting: Setting, method: Method, rate: float) -> np.ndarray:
        """Shape (seeds, measures)."""
        return self.sweep(setting, method, (rate,))[0]

    def sweep(
        self, setting: Setting, method: Method, rates: Sequence[float], first_seed: int = 0
    ) -> np.ndarray:
        """Shape (rates, seeds, measures), each seed counted from the first."""
        setting = self.scaled(setting)
        seeds = tuple(first_seed + seed for seed in self.seeds)
        what = {**setting.as_dict(), "method": asdict(method), "rates": list(rates)}
        run = partial(sweep, setting, method, rates, seeds, self.threads)
        return self.remembered(
            {**what, "seeds": list(seeds)}, f"{setting.cell} {setting.size}: {method.name}", run
        )

    def best_rate(self, setting: Setting, method: Method, rates: Sequence[float]) -> float:
        """The rate with the least mean error in a setting, with seeds that are never scored.

        Where that lies at an end of the rates, the grid grows there, by `GROWTH` rates at most,
        until the next is no better.
        """

        def tried(some: Sequence[float]) -> np.ndarray:
            return self.sweep(setting, method, some, VALIDATION).mean(axis=(1, 2))

        errors = tried(rates)
        place = int(np.argmin(errors))
        best, least = rates[place], errors[place]
        for end, side in ((0, -1), (len(rates) - 1, 1)):
            if place != end:
                continue
            for rate in grown(rates, GROWTH, side):
                error = tried((rate,))[0]
                if not error < least:
                    return best
                best, least = rate, error
        return best

    def opponents(self, setting: Setting) -> dict[str, np.ndarray]:
        """The errors of what a network must beat, by name, each of shape (seeds, measures).

        Repeats the newest label, follows with a linear model on lagged inputs (neither says
        anything of symbols), and adds the task's own.
        """
        task = self.scaled(setting).task
        usual = {"last label": baselines.last_label, "linear, online": baselines.linear}
        known = {} if task.symbols else {name: partial(run, task) for name, run in usual.items()}
        return {
            name: self._opponent(task, name, run)
            for name, run in {**known, **task.opponents}.items()
        }

    def networks(self, setting: Setting) -> tuple[Network, ...]:
        """The networks at the moment of the shift, for diagnostics."""
        return pretrained(self.scaled(setting), self.seeds, self.threads)

    def world(self, name: str) -> Measured:
        """The draws and points of a world, which has been run.

        Raises:
            ResultsError: it has not.
        """
        return Measured(file_of(self.folder.parent, name))

    def _opponent(
        self, task: AbstractTask, name: str, run: Callable[[int], np.ndarray]
    ) -> np.ndarray:
        seeds = self.seeds if task.varied else self.seeds[:1]
        what = {**task.as_dict(), "opponent": name, "seeds": list(seeds)}
        doing = f"{name} on {type(task).__name__}"
        found = self.remembered(what, doing, lambda: np.stack([run(seed) for seed in seeds]))
        return np.broadcast_to(found, (len(self.seeds), found.shape[1]))

    def remembered(
        self, what: dict[str, Any], doing: str, compute: Callable[[], np.ndarray]
    ) -> np.ndarray:
        """The numbers that a description stands for, computed where they are not on disk yet.

        Args:
            what: plain data that says all that the numbers depend on.
            doing: for the progress bar.
            compute: makes them; infinite numbers may be among them, NaN not.
        """
        what = {"onward": version("onward"), **what}
        text = json.dumps(what, sort_keys=True)
        path = self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:20]}.json"
        if path.exists():
            found = json.loads(path.read_text("utf-8"))
            if found["what"] == json.loads(text):
                return np.array(found["values"], dtype=np.float64)
        self.progress(doing)
        values = np.asarray(compute(), dtype=np.float64)
        write_json(path, {"what": what, "values": values.tolist()})
        return values


def grown(rates: Sequence[float], count: int, side: int) -> tuple[float, ...]:
    """The next rates beyond an end of a grid of two a decade, outwards.

    Args:
        rates: in ascending order.
        count: how many.
        side: 1 beyond the largest, -1 beyond the least.
    """
    known = list(rates[::side])
    for _ in range(count):
        known.append(float(f"{known[-2] * 10.0**side:.0e}"))
    return tuple(known[len(rates) :])
