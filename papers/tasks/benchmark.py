"""The usual benchmarks of learning from streams: real series that drift."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, Literal

import numpy as np

from onward.losses import AbstractLoss, CrossEntropy, Squared
from papers import data
from papers.tasks.base import AbstractTask, Phase

Name = Literal["elec2", "air quality", "bike sharing", "etth1"]
FILES: Mapping[Name, str] = {
    "elec2": "elec2/elec2.npz",
    "air quality": "air_quality_uci/air_quality.npz",
    "bike sharing": "bike_sharing_hourly/bike_hourly.npz",
    "etth1": "etth1/ETTh1.csv",
}
# Columns of x, the newest label among them; zeros fill up what a series has not, so that all
# share their compiled loops.
WIDTH = 13
LARGEST = 10.0


@dataclass(frozen=True)
class Benchmark(AbstractTask):
    """x_t: what a series shows at t, and the label before; y_t: its label at t.

    Whether the price of electricity rises (elec2, scored by the share of errors), the carbon
    monoxide that gas sensors should tell (air quality), the rentals in an hour (bike sharing),
    the temperature of a transformer's oil (etth1), these scored by 1 - R². A network learns the
    first rows, then follows the rest, each row predicted before it is learnt from. Numbers are
    standardised by the first rows; features beyond ten deviations are cut off. A feature that
    is missing reads as the mean, a label that is missing is not learnt.

    Attributes:
        name: of the series.
        warmup: rows that are learnt before.
        chosen: rows after these that only learning rates are chosen by; scores begin behind.
        rows: use at most so many.
    """

    measures: ClassVar[tuple[str, ...]] = ("share of errors (elec2) or 1 - R²",)
    varied: ClassVar[bool] = False

    name: Name = "elec2"
    warmup: int = 1000
    chosen: int = 2000
    rows: int = 45_312

    @property
    def files(self) -> tuple[str, ...]:
        return (FILES[self.name],)

    @property
    def loss(self) -> AbstractLoss:
        return CrossEntropy(2) if self.name == "elec2" else Squared()

    @property
    def validation(self) -> "Benchmark":
        """The rows that learning rates are chosen by."""
        return replace(self, chosen=0, rows=self.warmup + self.chosen)

    @property
    def about(self) -> str:
        return self.name

    def before(self, seed: int) -> Phase:
        return self._cut(0, self.warmup)

    def after(self, seed: int) -> Phase:
        return self._cut(self.warmup, self.rows)

    def shrunk(self, factor: int) -> "Benchmark":
        return replace(self, rows=max(self.rows // factor, min(self.rows, 4 * self.warmup)))

    def as_outputs(self, y: np.ndarray) -> np.ndarray:
        return np.concatenate([1 - y, y], axis=1) if self.name == "elec2" else y

    def errors(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        predicted, label = prediction[self.chosen :], y[self.chosen :]
        known = np.isfinite(label[:, 0])
        predicted, label = predicted[known].astype(np.float64), label[known]
        if self.name == "elec2":
            return np.array([np.mean(predicted.argmax(axis=1) != label[:, 0])])
        return np.array([np.mean((predicted - label) ** 2) / np.var(label)])

    def _cut(self, start: int, stop: int) -> Phase:
        x, y = _standardised(self.name, self.warmup)
        return Phase(x[start:stop], y[start:stop])


@lru_cache(maxsize=4)
def _standardised(name: Name, warmup: int) -> Phase:
    import pandas as pd

    features, label = series(name)
    label = label[:, None].astype(np.float64)
    scaled = by_first(label, warmup)
    newest = np.concatenate([np.zeros((1, 1)), pd.DataFrame(scaled).ffill().to_numpy()[:-1]])
    x = np.zeros((len(label), WIDTH))
    x[:, : features.shape[1]] = np.clip(by_first(features, warmup), -LARGEST, LARGEST)
    x[:, -1:] = newest
    y = label if name == "elec2" else scaled
    return Phase(np.nan_to_num(x).astype(np.float32), y.astype(np.float32))


def by_first(values: np.ndarray, warmup: int) -> np.ndarray:
    """Without the mean of the first rows and in units of their standard deviation."""
    first = values[:warmup].astype(np.float64)
    spread = np.nanstd(first, axis=0)
    return (values - np.nanmean(first, axis=0)) / np.where(spread > 0, spread, 1)


def series(name: Name) -> tuple[np.ndarray, np.ndarray]:
    """Features, shape (rows, columns), and labels, shape (rows,)."""
    if name == "etth1":
        import pandas as pd

        table = pd.read_csv(data.folder() / FILES[name]).drop(columns="date").to_numpy()
        return table[:, :-1], table[:, -1]
    found = data.arrays(FILES[name])
    if name == "air quality":
        columns = found["columns"].tolist()
        sensors = [number for number, one in enumerate(columns) if not one.endswith("(GT)")]
        return found["X"][:, sensors], found["X"][:, columns.index("CO(GT)")]
    return found["X"], found["y" if name == "elec2" else "count"]
