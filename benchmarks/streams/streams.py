"""The streams of the table, by name."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from benchmarks.streams import made, recordings
from benchmarks.streams.recordings import Arrays
from benchmarks.streams.scoring import Score
from onward.streams import MackeyGlass

Task = Literal["regression", "classification"]


@dataclass(frozen=True)
class Source:
    """Where a stream comes from, and how it is scored.

    Attributes:
        make: its arrays: features, shape (rows, features), NaN where missing, and labels, shape
            (rows,), NaN where missing, which for classes are whole numbers from 0.
        score: what is measured.
        horizon: rows between a prediction and its target row.
        season: rows in a season that is known beforehand, as 24 for hours; 1 for none.
    """

    make: Callable[[], Arrays]
    score: Score
    horizon: int = 0
    season: int = 1


@dataclass(frozen=True)
class Samples:
    """A stream in memory.

    Attributes:
        name: as the table has it.
        source: where it comes from.
        x: features, float64, shape (rows, features).
        y: labels, float64, shape (rows,).
    """

    name: str
    source: Source
    x: np.ndarray
    y: np.ndarray

    @property
    def task(self) -> Task:
        return "classification" if self.source.score == "accuracy" else "regression"

    @property
    def classes(self) -> int:
        """How many classes there are; 0 in regression."""
        return int(np.nanmax(self.y)) + 1 if self.task == "classification" else 0

    @property
    def digest(self) -> str:
        """A number that tells these samples, and what is asked of them, from others."""
        asked = f"{self.source.score} {self.source.horizon} {self.source.season} {self.x.shape}"
        return hashlib.sha256(asked.encode() + self.x.tobytes() + self.y.tobytes()).hexdigest()


def samples_of(name: str, limit: int | None = None) -> Samples:
    """Read or compute a stream.

    Args:
        name: one of `STREAMS`.
        limit: its first rows alone; None for all.

    Raises:
        AbsentError: it cannot be had here; the message says why.
    """
    source = STREAMS[name]
    x, y = (np.ascontiguousarray(each[:limit], np.float64) for each in source.make())
    return Samples(name, source, x, y)


STREAMS: Mapping[str, Source] = {
    "elec2": Source(recordings.elec2, "accuracy", season=48),
    "bike-sharing": Source(recordings.bike_sharing, "R2", season=24),
    "air-quality": Source(recordings.air_quality, "R2", season=24),
    "etth1@1": Source(recordings.etth1, "R2", horizon=1, season=24),
    "etth1@24": Source(recordings.etth1, "R2", horizon=24, season=24),
    "airline-passengers": Source(partial(made.of_river, "airline-passengers"), "SMAPE", season=12),
    "trump-approval": Source(partial(made.of_river, "trump-approval"), "MAE", season=7),
    "water-flow": Source(partial(made.of_river, "water-flow"), "R2", season=24),
    "chick-weights": Source(partial(made.of_river, "chick-weights"), "R2"),
    "phishing": Source(partial(made.of_river, "phishing"), "accuracy"),
    "bananas": Source(partial(made.of_river, "bananas"), "accuracy"),
    "image-segments": Source(partial(made.of_river, "image-segments"), "accuracy"),
    "friedman-drift": Source(partial(made.drawn, made.friedman), "R2"),
    "sea-drift": Source(partial(made.drawn, made.sea), "accuracy"),
    "hyperplane": Source(partial(made.drawn, made.hyperplane), "accuracy"),
    "agrawal-drift": Source(partial(made.drawn, made.agrawal), "accuracy"),
    "led-drift": Source(partial(made.drawn, made.led), "accuracy"),
    "random-rbf-drift": Source(partial(made.drawn, made.random_rbf), "accuracy"),
    "mackey-glass": Source(lambda: made.of_stream(MackeyGlass(length=made.ROWS)), "R2", horizon=1),
    "moa-rbf-drift": Source(partial(made.of_capymoa, "rbf-drift"), "accuracy"),
    "moa-waveform-drift": Source(partial(made.of_capymoa, "waveform-drift"), "accuracy"),
}
