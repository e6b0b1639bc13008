"""The axis of figures along the stream: rows, phases, and what happened."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from onward.report.figures.theme import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Marks closer than this share of the axis are one.
CLOSE = 1 / 150
MARKERS = "v^sDoPX"

# What is said of the kinds of events that a run counts; another kind is said as it is.
WORDS = {
    "skipped": "samples skipped",
    "missing": "samples with missing features filled in",
    "restarted": "times put back to the last good weights",
}


def rows_of(metrics: Mapping[str, Any]) -> int:
    """Rows passed, at least 1."""
    return max(metrics["counts"]["samples"], 1)


def stream_axis(axes: "Axes", metrics: Mapping[str, Any], size: tuple[float, float]) -> None:
    """Rows from the first to the last that was passed."""
    axes.set_xlim(0, rows_of(metrics))
    axes.set_xlabel("row of the stream")
    axes.xaxis.set_major_formatter(lambda value, position: f"{value:,.0f}")
    axes.locator_params(axis="x", nbins=5 if size[0] < 6 else 9)


def mark_phases(axes: "Axes", metrics: Mapping[str, Any]) -> None:
    """Where quarters begin; phases may come and go, and have no marks."""
    phases = metrics["phases"]
    if phases["by"] != "quarter":
        return
    for index, name in enumerate(phases["names"]):
        if index:
            place = index * rows_of(metrics) / 4
            axes.axvline(place, color=COLOURS["muted"], linewidth=0.5, alpha=0.6)
        axes.text((index + 0.5) / 4, 1.02, name, transform=axes.transAxes, ha="center", size=8)


def event_kinds(metrics: Mapping[str, Any]) -> dict[str, int]:
    """How often each kind of event happened, in the order of their first ones."""
    totals: dict[str, int] = {}
    for event in metrics.get("events", []):
        totals[event["kind"]] = totals.get(event["kind"], 0) + event["count"]
    return totals


def told(kind: str, count: int) -> str:
    """An event, or several of a kind, in words."""
    return f"{count:,} {WORDS.get(kind, kind)}"


def mark_events(axes: "Axes", metrics: Mapping[str, Any]) -> None:
    """A mark at the bottom where something happened, a shape for each kind."""
    for index, kind in enumerate(event_kinds(metrics)):
        rows = np.array([e["row"] for e in metrics["events"] if e["kind"] == kind], np.float64)
        near = CLOSE * rows_of(metrics)
        rows = np.unique(rows // near) * near
        axes.plot(
            rows,
            np.full(len(rows), 0.03 + 0.05 * index),
            transform=axes.get_xaxis_transform(),
            linestyle="",
            marker=MARKERS[index % len(MARKERS)],
            markersize=4.5,
            markeredgewidth=0,
            color=COLOURS["event"],
            clip_on=False,
            zorder=5,
        )
