"""Real streams that come with the river package; none needs a download."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np

from onward.streams.base import Chunk, StreamInfo, Task
from onward.streams.errors import one_of, stream_error
from onward.streams.rows import array_chunks

INSTALL = "pip install river"
# The part of a timestamp that runs in a circle, and the length of the circle.
CYCLES = {"hour": 24, "weekday": 7, "month": 12}


@dataclass(frozen=True)
class RiverSummary:
    """What is known of a set without reading it.

    Attributes:
        source: the class in `river.datasets`.
        task: what is to be learned.
        rows: number of rows.
        features: number of features, those made from timestamps among them.
        target: what river gives as `y`, which it does not name.
        origin: one line: where the data come from.
        cycles: parts of the timestamp that become features, each as its sine and cosine.
    """

    source: str
    task: Task
    rows: int
    features: int
    target: str
    origin: str
    cycles: tuple[str, ...] = ()


RIVER_SETS: Mapping[str, RiverSummary] = {
    "airline-passengers": RiverSummary(
        "AirlinePassengers",
        "regression",
        144,
        2,
        "passengers",
        "river: thousands of airline passengers a month, 1949 to 1960 (Box and Jenkins)",
        cycles=("month",),
    ),
    "bananas": RiverSummary(
        "Bananas",
        "classification",
        5300,
        2,
        "class",
        "river: two banana-shaped clusters, artificial, rows in no order (OpenML 1460)",
    ),
    "chick-weights": RiverSummary(
        "ChickWeights",
        "regression",
        578,
        3,
        "weight",
        "river: weights of 50 chicks in g, interleaved, on four diets (Crowder and Hand)",
    ),
    "image-segments": RiverSummary(
        "ImageSegments",
        "classification",
        2310,
        18,
        "class",
        "river: image segments in seven kinds, rows in no order (UCI)",
    ),
    "phishing": RiverSummary(
        "Phishing",
        "classification",
        1250,
        9,
        "is_phishing",
        "river: web pages, phishing or not, rows in no order (UCI)",
    ),
    "trump-approval": RiverSummary(
        "TrumpApproval",
        "regression",
        1001,
        6,
        "approval",
        "river: daily approval of a president in percent, from five polls (FiveThirtyEight)",
    ),
    "water-flow": RiverSummary(
        "WaterFlow",
        "regression",
        1268,
        4,
        "flow",
        "river: hourly flow of water in a pipe in l/s, with four anomalies, 2022 (Tecnojest)",
        cycles=("hour", "weekday"),
    ),
}


@dataclass(frozen=True)
class RiverSet:
    """A data set of `river.datasets`, in its order, held in memory (5300 rows at most).

    A timestamp becomes `Chunk.time` (UTC). Where it is the only input, features are made from
    it: in `water-flow` the sine and cosine of the (local) hour and of the weekday, in
    `airline-passengers` of the month. Classes are in alphabetical order.

    Every set has horizon 0: `y[t]` is to be told from `x[t]`, which is known before it. In
    `water-flow` and `airline-passengers` the calendar says little by itself; the news is in the
    labels that have arrived, which a learner may be fed back.

    Attributes:
        name: one of `RIVER_SETS`.

    Raises:
        StreamError: for another name; on reading, when river is not installed.
    """

    name: str

    def __post_init__(self) -> None:
        if self.name not in RIVER_SETS:
            remedy = one_of(self.name, list(RIVER_SETS))
            raise stream_error("the name of a river data set", repr(self.name), remedy)

    @property
    def info(self) -> StreamInfo:
        summary = RIVER_SETS[self.name]
        x, _ = self._rows
        return StreamInfo(
            name=self.name,
            task=summary.task,
            feature_names=tuple(_features(x[0], summary.cycles)),
            target_names=(summary.target,),
            class_names=self._classes,
            length=len(x),
            origin=summary.origin,
        )

    def chunks(self, size: int, start: int = 0) -> Iterator[Chunk]:
        """Yield the rows from `start` on; `y` has shape (rows, 1)."""
        return array_chunks(*self._arrays, size, start)

    @cached_property
    def _rows(self) -> tuple[tuple[dict[str, Any], ...], tuple[Any, ...]]:
        try:
            from river import datasets
        except ImportError as error:
            got = "a Python without it"
            raise stream_error(f"river, which brings {self.name!r}", got, INSTALL) from error
        x, y = zip(*getattr(datasets, RIVER_SETS[self.name].source)(), strict=True)
        return x, y

    @cached_property
    def _classes(self) -> tuple[str, ...]:
        if RIVER_SETS[self.name].task == "regression":
            return ()
        return tuple(sorted({str(label) for label in self._rows[1]}))

    @cached_property
    def _arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        rows, labels = self._rows
        cycles = RIVER_SETS[self.name].cycles
        x = np.array([list(_features(row, cycles).values()) for row in rows], np.float32)
        if self._classes:
            labels = [self._classes.index(str(label)) for label in labels]
        y = np.array(labels, np.float32)[:, None]
        moments = [_utc(value) for row in rows for value in row.values() if _is_moment(value)]
        return x, y, np.array(moments, "datetime64[us]") if moments else None


def _features(row: Mapping[str, Any], cycles: tuple[str, ...]) -> dict[str, float]:
    features = {name: value for name, value in row.items() if not _is_moment(value)}
    for moment in filter(_is_moment, row.values()):
        parts = {"hour": moment.hour, "weekday": moment.weekday(), "month": moment.month - 1}
        for cycle in cycles:
            angle = 2 * np.pi * parts[cycle] / CYCLES[cycle]
            features |= {f"{cycle}_sin": np.sin(angle), f"{cycle}_cos": np.cos(angle)}
    return features


def _is_moment(value: Any) -> bool:
    return isinstance(value, datetime)


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
