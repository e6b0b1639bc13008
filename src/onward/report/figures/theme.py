"""How figures look: drawn with stand-in colours that become variables of the page's style."""

import io
import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

# Stand-ins: colours that no figure would use. Each is replaced by the CSS variable of its name,
# so that one drawing serves the light and the dark page.
ROLES = ("ink", "muted", "grid", "learner", "frozen", "baseline", "event")
CLASSES = ("class-1", "class-2", "class-3", "class-4")
MEMBERS = ("member-1", "member-2", "member-3", "member-4", "member-5", "member-6")
NAMES = ROLES + CLASSES + MEMBERS
COLOURS = {name: f"#0101{index:02x}" for index, name in enumerate(NAMES, start=1)}

# The same roles in the colours of the light page, for images that stand alone.
PALETTE = {
    "ink": "#16191d",
    "muted": "#59626d",
    "grid": "#d5dae0",
    "learner": "#0072b2",
    "frozen": "#d55e00",
    "baseline": "#87909b",
    "event": "#b07000",
}

STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.edgecolor": COLOURS["grid"],
    "axes.labelcolor": COLOURS["muted"],
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": COLOURS["grid"],
    "grid.linewidth": 0.6,
    "xtick.color": COLOURS["grid"],
    "ytick.color": COLOURS["grid"],
    "xtick.labelcolor": COLOURS["muted"],
    "ytick.labelcolor": COLOURS["muted"],
    "text.color": COLOURS["muted"],
    # Names come from files: a dollar sign in one is no formula.
    "text.parse_math": False,
    "figure.constrained_layout.use": True,
}


def draw(
    identity: str, size: tuple[float, float], label: str, plot: Callable[["Figure", "Axes"], None]
) -> str:
    """Draw one pair of axes as SVG that can stand in an HTML page beside others.

    Args:
        identity: a word of letters that no other figure of the page uses.
        size: width and height in inches.
        label: what the figure shows, for those who cannot see it.
        plot: fills the axes.

    Returns:
        An `<svg>` element that refers to nothing outside itself.
    """
    import matplotlib
    from matplotlib.figure import Figure

    buffer = io.StringIO()
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": identity}), warnings.catch_warnings():
        # The browser draws the letters with its own fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=size)
        axes = figure.add_subplot()
        axes.tick_params(length=3, width=0.6)
        plot(figure, axes)
        nothing = dict.fromkeys(["Creator", "Date", "Format", "Type"])
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    return _inline(buffer.getvalue(), identity, label)


def save(
    path: Path,
    size: tuple[float, float],
    columns: int,
    plot: Callable[..., None],
    rows: int = 1,
    heights: Sequence[float] | None = None,
) -> None:
    """Draw axes into an image file of its own, in the colours of `PALETTE`.

    Args:
        path: where; its suffix chooses the format.
        size: width and height in inches.
        columns: how many axes side by side.
        plot: fills the axes, which it takes one by one, row by row.
        rows: how many rows of axes.
        heights: of the rows, relative to each other; None for rows of one height.
    """
    import matplotlib
    from matplotlib.figure import Figure

    real = {COLOURS[role]: colour for role, colour in PALETTE.items()}
    style: dict[Any, Any] = {key: real.get(value, value) for key, value in STYLE.items()}
    style["svg.hashsalt"] = path.stem
    style |= {"axes.titlesize": 9, "axes.titlecolor": PALETTE["ink"], "axes.titlelocation": "left"}
    with matplotlib.rc_context(style):
        figure = Figure(figsize=size)
        drawn = list(figure.subplots(rows, columns, squeeze=False, height_ratios=heights).flat)
        for axes in drawn:
            axes.tick_params(length=3, width=0.6)
        plot(*drawn)
        # The same drawing twice is the same file.
        undated = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, dpi=100, metadata=undated)


def plain_logarithm(axis: "Axis") -> None:
    """Decades as plain numbers, and numbers within them where few decades are shown."""
    from matplotlib.ticker import LogLocator, NullFormatter

    low, high = axis.get_view_interval()
    within = (1.0, 2.0, 5.0) if high < 100 * low else (1.0,)
    axis.set_major_locator(LogLocator(subs=within, numticks=7))
    axis.set_major_formatter(lambda value, position: f"{value:g}")
    axis.set_minor_formatter(NullFormatter())


def shorten(name: str, length: int = 34) -> str:
    """A name that fits an axis."""
    return name if len(name) <= length else name[: length - 1].rstrip() + "…"


def _inline(svg: str, identity: str, label: str) -> str:
    from markupsafe import escape

    svg = svg[svg.index("<svg") :]
    # The rule for `*` would apply to the whole page.
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    opening = re.compile(r'<svg [^>]*?(viewBox="[^"]*")[^>]*>', re.DOTALL)
    attributes = f'role="img" aria-label="{escape(label)}"'
    svg = opening.sub(lambda match: f"<svg {match[1]} {attributes}>", svg, count=1)
    svg = re.sub(r'\bid="', f'id="{identity}-', svg)
    svg = svg.replace("xlink:href=", "href=")
    svg = re.sub(r'(href="|url\()#', rf"\1#{identity}-", svg)
    for name, colour in COLOURS.items():
        svg = svg.replace(colour, f"var(--{name})")
    return svg
