"""Decoding the velocity of a cursor from a monkey's motor cortex, months after the training."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

import numpy as np

from papers import baselines, data
from papers.tasks.base import AbstractTask, Phase

# Of all sessions; one has some more.
ROWS = 23_998
# The velocity's unit, in the recording's units a second: about its standard deviation.
UNIT = 10.0
# What follows this share of a day is scored.
ADAPTED = 0.8
PENALTY = 1000.0


def unexplained(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    """1 - R² over the rows with labels: the mean over the targets, then each target."""
    known = np.isfinite(y).all(axis=1)
    predicted, target = prediction[known].astype(np.float64), y[known].astype(np.float64)
    parts = np.mean((predicted - target) ** 2, axis=0) / np.var(target, axis=0)
    return np.array([parts.mean(), *parts])


@dataclass(frozen=True)
class CortexShift(AbstractTask):
    """x_t: square roots of the counts of 96 electrodes in 50 ms; y_t: the cursor's velocity then.

    Counts are standardised by the days of training, velocities are in fixed units. A network
    learns the days of training in a row, then follows the first 80 % of the test day and is
    scored, frozen, on the rest. Rows that the recording calls invalid have no label.

    Attributes:
        train: days of training.
        test: the day of the test.
        share: only so large a part of each day of training, its end, is used.
    """

    measures: ClassVar[tuple[str, ...]] = ("1 - R²", "1 - R², x", "1 - R², y")
    varied: ClassVar[bool] = False
    # Over ten thousand samples, eight minutes: 96 channels with ten lags are many weights.
    forgetting: ClassVar[float] = 0.9999

    train: tuple[str, ...] = ("2012-07-18", "2012-07-19", "2012-07-21")
    test: str = "2012-10-18"
    share: float = 1.0

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(map(_file, (*self.train, self.test)))

    @property
    def origin(self) -> "CortexShift":
        return replace(self, test=self.train[-1])

    @property
    def about(self) -> str:
        return f"cortex, {self.test}"

    def before(self, seed: int) -> Phase:
        return _trained(self.train, self.share)

    def after(self, seed: int) -> Phase:
        return _standardised((self.test,), self.train, self.share, 1.0)

    def shrunk(self, factor: int) -> "CortexShift":
        return replace(self, share=self.share / factor)

    @property
    def frozen_from(self) -> int:
        return int(ADAPTED * ROWS)

    @property
    def opponents(self) -> Mapping[str, Callable[[int], np.ndarray]]:
        return {
            "ridge, frozen": lambda seed: self._ridge(self.before(seed), seed),
            "ridge, refitted": lambda seed: self._ridge(self._adapted(seed), seed),
        }

    def errors(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        return unexplained(prediction, y)

    def _adapted(self, seed: int) -> Phase:
        return Phase(*(part[: self.frozen_from] for part in self.after(seed)))

    def _ridge(self, fitted: Phase, seed: int) -> np.ndarray:
        after = self.after(seed)
        predicted = baselines.ridge(fitted, after, PENALTY)
        return self.errors(predicted[self.frozen_from :], after.y[self.frozen_from :])


def _file(day: str) -> str:
    return f"limb_wrist_spike/{day.replace('-', '')}.npz"


@lru_cache(maxsize=4)
def _trained(train: tuple[str, ...], share: float) -> Phase:
    return _standardised(train, train, share, share)


def _standardised(
    days: tuple[str, ...], train: tuple[str, ...], share: float, used: float
) -> Phase:
    mean, spread = _moments(train, share)
    parts = [_day(day, used) for day in days]
    x = (np.concatenate([part.x for part in parts]) - mean) / spread
    return Phase(x, np.concatenate([part.y for part in parts]) / np.float32(UNIT))


@lru_cache(maxsize=4)
def _moments(train: tuple[str, ...], share: float) -> tuple[np.ndarray, np.ndarray]:
    """Of each channel's square-root counts on the days of training; a silent one keeps 1."""
    x = np.concatenate([_day(day, share).x for day in train])
    spread = x.std(axis=0)
    return x.mean(axis=0), np.where(spread > 0, spread, np.float32(1))


def _day(day: str, share: float) -> Phase:
    """The end of a day: square-root counts and velocity, NaN where the day is not valid."""
    found = data.arrays(_file(day))
    rows = slice(ROWS - int(share * ROWS), ROWS)
    velocity = np.where(found["valid"][:, None], found["velocity"], np.float32(np.nan))
    return Phase(np.sqrt(found["counts"], dtype=np.float32)[rows], velocity[rows])
