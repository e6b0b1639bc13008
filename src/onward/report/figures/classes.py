"""Classification: the confusion matrix, and the accuracy of each class along the stream."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from onward.report.figures.stream_axis import rows_of, stream_axis
from onward.report.figures.theme import COLOURS, draw
from onward.report.predictions import read_batches
from onward.report.table import LEARNER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN_CLASSES = 12
LINES = 4
BINS = 60


@dataclass(frozen=True)
class ConfusionCell:
    """How many labels of a class were given to a class, and which share of that class."""

    count: int
    share: float | None

    @property
    def shade(self) -> int:
        """Percent of colour behind the number."""
        return round(85 * (self.share or 0.0))


@dataclass(frozen=True)
class Confusion:
    """The learner's confusion matrix: rows are true classes, columns predicted ones."""

    names: tuple[str, ...]
    rows: tuple[tuple[ConfusionCell, ...], ...]
    hidden: int


def confusion(metrics: Mapping[str, Any]) -> Confusion | None:
    """The matrix of the most frequent classes, in the stream's order; None without scored labels.

    Shares are of all labels of the true class, shown or not.
    """
    matrix = np.array(metrics["learners"][LEARNER]["overall"].get("confusion") or [[0]])
    if not matrix.any():
        return None
    totals = matrix.sum(axis=1)
    shown = np.sort(np.argsort(-totals, kind="stable")[:SHOWN_CLASSES])
    rows = tuple(
        tuple(_cell(int(matrix[true, predicted]), int(totals[true])) for predicted in shown)
        for true in shown
    )
    names = tuple(metrics["stream"]["class_names"][index] for index in shown)
    return Confusion(names, rows, len(matrix) - len(shown))


def _cell(count: int, total: int) -> ConfusionCell:
    return ConfusionCell(count, count / total if total else None)


def frequent_classes(metrics: Mapping[str, Any]) -> list[str]:
    """The classes that get a line: the most frequent ones, in the stream's order."""
    matrix = np.array(metrics["learners"][LEARNER]["overall"].get("confusion") or [[0]])
    names = metrics["stream"]["class_names"]
    order = np.argsort(-matrix.sum(axis=1), kind="stable")[:LINES]
    return [names[index] for index in np.sort(order) if matrix[index].any()]


def class_accuracy_figure(
    path: Path, metrics: Mapping[str, Any], identity: str, size: tuple[float, float]
) -> str:
    """The learner's rolling accuracy as SVG: of all labels, and of each frequent class.

    The accuracy of a class is the share of its labels that were predicted right (recall).
    """
    length, classes = rows_of(metrics), frequent_classes(metrics)
    centres, overall, by_class = _rolling_accuracy(path, classes, length)

    def plot(figure: "Figure", axes: "Axes") -> None:
        for index, accuracy in enumerate(by_class, start=1):
            axes.plot(centres, accuracy, color=COLOURS[f"class-{index}"], linewidth=1.2)
        axes.plot(centres, overall, color=COLOURS["learner"], linewidth=2.4)
        axes.set_ylim(0, 1.02)
        axes.set_ylabel("accuracy")
        stream_axis(axes, metrics, size)

    return draw(identity, size, "rolling accuracy of the learner, overall and by class", plot)


def _rolling_accuracy(
    path: Path, classes: Sequence[str], length: int
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    import pandas

    bins = min(BINS, length)
    counts, hits = np.zeros((2, 1 + len(classes), bins))
    for _, columns in read_batches(path, ["row", "true", LEARNER]):
        true, predicted = columns["true"], columns[LEARNER]
        scored = pandas.notna(true) & pandas.notna(predicted)
        right = scored & (true == predicted)
        where = np.clip(bins * columns["row"].astype(np.int64) // length, 0, bins - 1)
        for index, chosen in enumerate([scored, *(scored & (true == name) for name in classes)]):
            counts[index] += np.bincount(where[chosen], minlength=bins)
            hits[index] += np.bincount(where[chosen & right], minlength=bins)
    accuracy = np.where(counts > 0, hits / np.maximum(counts, 1), np.nan)
    centres = (np.arange(bins) + 0.5) * length / bins
    return centres, accuracy[0], list(accuracy[1:])
