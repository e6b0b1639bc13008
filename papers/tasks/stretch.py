"""A part of a benchmark, with more choices."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from papers.tasks.base import Phase
from papers.tasks.benchmark import LARGEST, Benchmark, Name, by_first, series

Scaling = Literal["first rows", "rows so far"]
# Features that fit, and labels of rows before; zeros stand for what a series has not.
FEATURES, LABELS = 12, 3
# Rows before scores begin; numbers are standardised by them, and some are learnt.
HISTORY = 1000
# The longest stretch that begins anywhere.
LONGEST = 3000
# Rows behind a running deviation, at least.
FEWEST = 20


@dataclass(frozen=True)
class Stretch(Benchmark):
    """x_t: what a series shows at t, and some labels before; y_t: its label at t.

    Attributes:
        begins: where its first row lies in the series, from 0 to 1.
        rows: that are scored; as many as `HISTORY` lie before these.
        warmup: the last rows of these, which are learnt before.
        scaling: of the features, by the history or by all rows before each; labels always by the
            history.
        labels: how many labels before are inputs, up to 3.
    """

    warmup: int = HISTORY
    chosen: int = 0
    rows: int = 1500
    begins: float = 0.0
    scaling: Scaling = "first rows"
    labels: int = 1

    def before(self, seed: int) -> Phase:
        return self._cut(HISTORY - self.warmup, HISTORY)

    def after(self, seed: int) -> Phase:
        return self._cut(HISTORY, HISTORY + self.rows)

    def _cut(self, start: int, stop: int) -> Phase:
        x, y = _made(self.name, self.begins, self.scaling, self.labels)
        return Phase(x[start:stop], y[start:stop])


@lru_cache(maxsize=4)
def _made(name: Name, begins: float, scaling: Scaling, labels: int) -> Phase:
    import pandas as pd

    features, label = series(name)
    first = int(begins * (len(label) - HISTORY - LONGEST))
    rows = slice(first, first + HISTORY + LONGEST)
    features, label = features[rows].astype(np.float64), label[rows, None].astype(np.float64)
    scaled = by_first(label, HISTORY)
    scale = _by_before if scaling == "rows so far" else lambda values: by_first(values, HISTORY)
    x = np.zeros((len(label), FEATURES + LABELS))
    x[:, : features.shape[1]] = np.clip(scale(features), -LARGEST, LARGEST)
    known = pd.DataFrame(scaled).ffill().to_numpy()[:, 0]
    for lag in range(1, labels + 1):
        x[lag:, FEATURES + lag - 1] = known[:-lag]
    y = label if name == "elec2" else scaled
    return Phase(np.nan_to_num(x).astype(np.float32), y.astype(np.float32))


def _by_before(values: np.ndarray) -> np.ndarray:
    """Without the mean of the rows before each, and in units of their standard deviation."""
    import pandas as pd

    before = pd.DataFrame(values).shift().expanding(FEWEST)
    spread = before.std().to_numpy()
    return (values - before.mean().to_numpy()) / np.where(spread > 0, spread, 1)
