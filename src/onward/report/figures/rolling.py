"""The error of every learner along the stream."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from onward.evaluate import FROZEN
from onward.report.figures.stream_axis import mark_events, mark_phases, stream_axis
from onward.report.figures.theme import COLOURS, draw, shorten
from onward.report.table import LEARNER, display_name, ordered_keys

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Dash patterns in units of the line's width; the baselines share a colour and differ in these.
BASELINE_DASHES = ((4.0, 2.0), (1.0, 1.5), (), (6.0, 2.0, 1.0, 2.0), (2.0, 2.0))


@dataclass(frozen=True)
class Line:
    """How a learner is drawn and named in the legend."""

    key: str
    name: str
    colour: str
    width: float
    dashes: tuple[float, ...]

    @property
    def dash_array(self) -> str:
        """The pattern for an SVG line of this width."""
        return " ".join(f"{length * self.width:g}" for length in self.dashes)


def lines_of(metrics: Mapping[str, Any]) -> list[Line]:
    """The learners in the order of the tables."""
    lines, baselines = [], 0
    for key in ordered_keys(metrics):
        name = display_name(metrics, key)
        if key == LEARNER:
            lines.append(Line(key, name, "learner", 2.4, ()))
        elif key == FROZEN:
            lines.append(Line(key, name, "frozen", 1.6, ()))
        else:
            dashes = BASELINE_DASHES[baselines % len(BASELINE_DASHES)]
            lines.append(Line(key, name, "baseline", 1.2, dashes))
            baselines += 1
    return lines


def rolling_figure(metrics: Mapping[str, Any], identity: str, size: tuple[float, float]) -> str:
    """The rolling error as SVG."""
    rolling = metrics["rolling"]
    rows = np.array(rolling["rows"], np.float64)
    series = {key: _values(values) for key, values in rolling["series"].items()}

    def plot(figure: "Figure", axes: "Axes") -> None:
        for line in reversed(lines_of(metrics)):
            style: Any = (0, line.dashes) if line.dashes else "solid"
            axes.plot(
                rows,
                series[line.key],
                color=COLOURS[line.colour],
                linewidth=line.width,
                linestyle=style,
            )
        axes.set_ylim(0, _ceiling(series))
        axes.set_ylabel(_label(metrics))
        stream_axis(axes, metrics, size)
        mark_phases(axes, metrics)
        mark_events(axes, metrics)

    return draw(identity, size, f"{rolling['metric']} of every learner over the stream", plot)


def lines_that_leave(metrics: Mapping[str, Any]) -> list[str]:
    """Names of the learners whose error exceeds what the axis shows."""
    series = {key: _values(values) for key, values in metrics["rolling"]["series"].items()}
    top = _ceiling(series)
    return [line.name for line in lines_of(metrics) if np.any(series[line.key] > top)]


def _values(values: list[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _ceiling(series: Mapping[str, np.ndarray]) -> float:
    """An axis that shows what is usual, cut where one series would flatten the others.

    The reach of a series is the quantile of its errors that leaves out the first few bins, in
    which everything is still wrong. A series may reach three times as high as the median one,
    ours ten times: one that has run away would leave the others on the floor.
    """
    present = {key: values[~np.isnan(values)] for key, values in series.items()}
    reach = {key: float(np.quantile(v, 0.98)) for key, v in present.items() if len(v)}
    if not reach:
        return 1.0
    # The lower of two middle ones: half of them may have run away.
    usual = sorted(reach.values())[(len(reach) - 1) // 2]
    high = max(min(value, 3 * usual) for value in reach.values())
    return 1.08 * max(high, min(reach.get(LEARNER, 0.0), 10 * usual)) or 1.0


def _label(metrics: Mapping[str, Any]) -> str:
    stream = metrics["stream"]
    if stream["task"] == "regression" and len(stream["target_names"]) == 1:
        return f"{metrics['rolling']['metric']}\n{shorten(stream['target_names'][0])}"
    return metrics["rolling"]["metric"].replace(" / ", "\n/ ")
