"""F20 over the days: ours, its frozen copy, and every opponent."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from onward.report.decoding.standings import Standing, dates_of, standings, strongest
from onward.report.figures.rolling import Line
from onward.report.figures.theme import COLOURS, draw, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# By what an opponent is, whether it is frozen or not.
FAMILIES = ("class-2", "class-3", "class-4", "baseline", "member-5", "event", "muted")
DOTTED = (1.0, 1.6)


def day_lines(results: Mapping[str, Any]) -> list[Line]:
    """How each decoder is drawn: opponents in thin lines, the frozen ones of them dotted."""
    found = standings(results)
    best = strongest(found)
    families = sorted({_family(one) for one in found if one.kind == "baseline"})
    lines = []
    for one in found:
        if one.kind == "learner":
            lines.append(Line(one.key, one.name, "learner", 2.4, ()))
        elif one.kind == "frozen":
            lines.append(Line(one.key, one.name, "frozen", 2.0, (3.0, 1.5)))
        else:
            colour = FAMILIES[families.index(_family(one)) % len(FAMILIES)]
            width = 1.8 if one is best else 1.1
            lines.append(Line(one.key, one.name, colour, width, _dashes(one)))
    return lines


def days_figure(results: Mapping[str, Any], identity: str, size: tuple[float, float]) -> str:
    """F20 of each session by its date as SVG; what is below 0 is marked at the bottom."""
    found = {one.key: one for one in standings(results)}
    dates = dates_of(results)
    places: Any = np.arange(len(results["sessions"])) if dates is None else dates

    def plot(figure: "Figure", axes: "Axes") -> None:
        for line in reversed(day_lines(results)):
            one, colour = found[line.key], COLOURS[line.colour]
            style: Any = (0, line.dashes) if line.dashes else "solid"
            scores = one.by_session
            marker = "o" if one.kind != "baseline" or len(scores) == 1 else None
            drawn = np.where(scores < 0, np.nan, scores)
            axes.plot(
                places,
                drawn,
                color=colour,
                linewidth=line.width,
                linestyle=style,
                marker=marker,
                markersize=3 + line.width / 2,
                markeredgewidth=0,
            )
            below = [place for place, score in zip(places, scores, strict=True) if score < 0]
            if below:
                floor = np.zeros(len(below))
                axes.plot(below, floor, "v", color=colour, markersize=5, clip_on=False, zorder=4)
            if one.kind == "learner" and len(one.f20) > 1:
                low, high = _range(one.f20)
                axes.fill_between(places, low, high, color=colour, alpha=0.25, linewidth=0)
        axes.set_ylim(0, None)
        axes.set_ylabel("F20 (R²)")
        _axis(axes, results, dates is not None, size)

    return draw(identity, size, "F20 of every decoder in each session", plot)


def below_zero(results: Mapping[str, Any]) -> list[str]:
    """Names of those with an F20 below 0 in a session."""
    return [one.name for one in standings(results) if np.any(one.by_session < 0)]


def _axis(axes: "Axes", results: Mapping[str, Any], dated: bool, size: tuple[float, float]) -> None:
    if dated:
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        locator = AutoDateLocator(minticks=2, maxticks=4 if size[0] < 6 else 8)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        return
    names = [session["name"] for session in results["sessions"]]
    stride = -(-len(names) // (6 if size[0] < 6 else 14))
    shown = range(0, len(names), stride)
    turned = {"rotation": 35, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(list(shown), [shorten(names[i], 14) for i in shown], **turned)


def _range(f20: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest seed of each session, at least 0; NaN where there is none."""
    there = np.isfinite(f20)
    low = np.where(there, f20, np.inf).min(axis=0)
    high = np.where(there, f20, -np.inf).max(axis=0)
    return tuple(  # pyright: ignore[reportReturnType]
        np.where(there.any(axis=0), np.maximum(end, 0), np.nan) for end in (low, high)
    )


def _family(one: Standing) -> str:
    return one.name.partition(",")[0]


def _dashes(one: Standing) -> tuple[float, ...]:
    return DOTTED if one.name.endswith(", frozen") else ()
