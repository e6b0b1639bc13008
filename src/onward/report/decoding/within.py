"""Curves within: the loss of the training off line, and the score by minute of a session."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from onward.report.decoding.passages import Minutes
from onward.report.figures.theme import COLOURS, draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# A minute that fewer sessions have is left out: their median would be another's.
LEAST_SHARE = 0.5


def training_figure(
    results: Mapping[str, Any], identity: str, size: tuple[float, float]
) -> str | None:
    """Loss and held-out loss of each epoch, a line for each seed; None without epochs."""
    runs = [epochs for epochs in results.get("epochs") or [] if epochs]
    if not runs:
        return None
    from matplotlib.ticker import MaxNLocator

    def plot(figure: "Figure", axes: "Axes") -> None:
        for epochs in runs:
            numbers = [one["number"] for one in epochs]
            for key, colour in (("loss", "baseline"), ("held_out", "learner")):
                told = [np.nan if one[key] is None else one[key] for one in epochs]
                marker = "o" if len(epochs) < 3 else None
                axes.plot(numbers, told, color=COLOURS[colour], linewidth=1.5, marker=marker)
        axes.set_xlabel("epoch")
        axes.set_ylabel("loss")
        axes.set_ylim(0, None)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))

    return draw(identity, size, "loss of the training off line by epoch", plot)


def minutes_figure(
    minutes: Mapping[str, Minutes], adapts: bool, identity: str, size: tuple[float, float]
) -> str | None:
    """The median over sessions of each minute's score; None where no session has two minutes."""
    ours = _median([one.ours for one in minutes.values()])
    frozen = _median([one.frozen for one in minutes.values()])
    if len(ours) < 2 or not np.isfinite(ours).any():
        return None
    middle = np.arange(len(ours)) + 0.5

    def plot(figure: "Figure", axes: "Axes") -> None:
        if adapts:
            axes.plot(
                middle, frozen, color=COLOURS["frozen"], linewidth=1.6, linestyle=(0, (3, 1.5))
            )
        axes.plot(middle, ours, color=COLOURS["learner"], linewidth=2.2)
        shown = np.concatenate([ours, frozen])
        axes.set_ylim(max(min(0.0, float(np.nanmin(shown)) - 0.03), -1.0), None)
        axes.set_xlim(0, len(ours))
        axes.set_xlabel("minute of the session")
        axes.set_ylabel("R² of a minute")

    return draw(identity, size, "score by minute of the session", plot)


def _median(curves: list[np.ndarray]) -> np.ndarray:
    if not curves:
        return np.empty(0)
    padded = np.full((len(curves), max(map(len, curves))), np.nan)
    for row, curve in zip(padded, curves, strict=True):
        row[: len(curve)] = curve
    enough = np.isfinite(padded).sum(axis=0) >= max(1, LEAST_SHARE * len(curves))
    middle = np.full(padded.shape[1], np.nan)
    if enough.any():
        middle[enough] = np.nanmedian(padded[:, enough], axis=0)
    return middle[: np.flatnonzero(enough)[-1] + 1] if enough.any() else np.empty(0)
