"""How far the learner is ahead of the best baseline, along the stream."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from onward.report.figures.stream_axis import mark_events, mark_phases, stream_axis
from onward.report.figures.theme import COLOURS, draw
from onward.report.table import subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The curve cannot rise by more than the baseline's mean error; one that falls by more than so
# many times this leaves the axis.
FALL = 10.0


def gain_figure(metrics: Mapping[str, Any], identity: str, size: tuple[float, float]) -> str | None:
    """The cumulative gain as SVG, with the range over seeds; None without a baseline."""
    gain = metrics.get("gain")
    if gain is None or not gain["rows"]:
        return None
    rows = np.array([0, *gain["rows"]], np.float64)
    middle, low, high = _range(metrics)

    def plot(figure: "Figure", axes: "Axes") -> None:
        axes.axhline(0.0, color=COLOURS["ink"], linewidth=0.9)
        if low is not None and high is not None:
            axes.fill_between(rows, low, high, color=COLOURS["learner"], alpha=0.25, linewidth=0)
        for side, colour in ((np.maximum, "learner"), (np.minimum, "frozen")):
            shade = side(np.nan_to_num(middle), 0.0)
            axes.fill_between(rows, 0.0, shade, color=COLOURS[colour], alpha=0.12, linewidth=0)
        axes.plot(rows, middle, color=COLOURS["learner"], linewidth=2.4)
        axes.set_ylim(*_limits(metrics, [middle, low, high]))
        axes.set_ylabel(_label(gain["metric"]))
        stream_axis(axes, metrics, size)
        mark_phases(axes, metrics)
        mark_events(axes, metrics)

    return draw(identity, size, f"cumulative gain over {gain['baseline']}", plot)


def gain_sentence(metrics: Mapping[str, Any]) -> str:
    """How the curve is read, and where it ends."""
    gain, name = metrics["gain"], subject(metrics)
    middle, low, _ = _range(metrics)
    end = middle[-1]
    text = (
        f"The errors of “{gain['baseline']}”, the best baseline, less those of the {name}, summed "
        "from the beginning and divided by the number of labels in the whole stream. The curve "
        f"rises where the {name} is better and falls where it is worse."
    )
    if np.isfinite(end):
        side = "lower" if end > 0 else "higher"
        text += (
            f" It ends at {_signed(end)}: over the whole stream the {name}’s {gain['metric']} is "
        )
        text += f"{abs(end):.3g} {side}."
    if low is not None:
        text += f" The band spans {len(metrics['seeds']['gain'])} seeds; the line is their mean."
    if np.nanmin(middle, initial=0.0) < _limits(metrics, [middle])[0]:
        text += " The curve leaves the axis."
    return text


def _signed(value: float) -> str:
    return f"{value:+.3g}".replace("-", "−")


def _range(metrics: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """The curve from 0 on, and the lowest and highest of several seeds."""
    values = _from_zero(metrics["gain"]["values"])
    seeds = [_from_zero(one) for one in metrics.get("seeds", {}).get("gain", ())]
    seeds = [one for one in seeds if len(one) == len(values)]
    if len(seeds) < 2:
        return values, None, None
    return np.mean(seeds, axis=0), np.min(seeds, axis=0), np.max(seeds, axis=0)


def _from_zero(values: list[float | None]) -> np.ndarray:
    return np.array([0.0, *(np.nan if value is None else value for value in values)], np.float64)


def _limits(metrics: Mapping[str, Any], curves: list[np.ndarray | None]) -> tuple[float, float]:
    """All of the curves, unless they fall below what the baseline's own error makes plausible."""
    series = metrics["rolling"]["series"][metrics["gain"]["baseline"]]
    errors = [value for value in series if value is not None]
    scale = float(np.mean(errors)) if errors else 1.0
    shown = np.concatenate([curve for curve in curves if curve is not None])
    shown = shown[np.isfinite(shown)]
    low, high = float(shown.min(initial=0.0)), float(shown.max(initial=0.0))
    low = max(low, -FALL * scale)
    margin = 0.08 * (high - low) or 0.1
    return low - margin, high + margin


def _label(metric: str) -> str:
    return f"gain in\n{metric}".replace(" / ", "\n/ ")
