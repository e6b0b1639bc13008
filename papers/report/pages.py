"""The table of all claims, as a page and as Markdown, and their figures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from papers.multiverse.reading import (
    deciders_text,
    deciding_text,
    nearest_text,
    overall,
    share_text,
    where_text,
)
from papers.multiverse.study import Measured, file_of
from papers.report.curve import curve_figure
from papers.report.figures import claim_figure

PAGES = ("claims.html", "claims.md", "summary.md")
# The verdicts, in the order that they are counted in.
OUTCOMES = ("holds", "holds in a regime", "does not hold")


def write_claims(
    folder: Path,
    contents: Sequence[Mapping[str, Any]],
    read: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[Path]:
    """Write `claims.html`, `claims.md`, its table alone as `summary.md`, and in `figures/` the
    images `ID` and the specification curves `ID-WORLD-NUMBER`, from finished results.

    Args:
        folder: where; it has the worlds' files.
        contents: of `claims/ID.json`, in the order to show.
        read: of `readings.json`.

    Returns:
        The page and the Markdown file.
    """
    (folder / "figures").mkdir(exist_ok=True)
    for content in contents:
        claim_figure(folder / "figures" / f"{content['id']}.png", content)
        for number, one in enumerate(read.get(content["id"], [])):
            path = folder / "figures" / f"{curve_name(content['id'], one, number)}.png"
            title = f"{content['id']}: {content['statement']}"
            curve_figure(path, title, one, Measured(file_of(folder, one["world"])))
    for name in PAGES:
        text = _render(f"{name}.j2", contents, read, autoescape=name.endswith("html"))
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in PAGES[:2]]


def curve_name(identity: str, reading: Mapping[str, Any], number: int) -> str:
    """Of the figure of a claim's reading."""
    return f"{identity}-{reading['world']}-{number + 1}"


def command(content: Mapping[str, Any]) -> str:
    """The command that makes the results of a claim."""
    quick = " --quick" if content["scale"] == "quick" else ""
    return f"onward reproduce {content['id']}{quick} --seeds {content['seeds']}"


def number(values: Sequence[float | None]) -> str:
    """Mean ± standard deviation over the seeds, to three digits of the mean."""
    if any(value is None for value in values):
        lost = sum(value is None for value in values)
        return f"diverged ({lost} of {len(values)})"
    array = np.array(values, dtype=np.float64)
    mean, spread = float(array.mean()), float(array.std(ddof=1)) if len(array) > 1 else 0.0
    size = max(abs(mean), spread)
    if size and not 1e-3 <= size < 1e5:
        return f"{mean:.2e} ± {spread:.0e}"
    digits = max(0, 2 - int(np.floor(np.log10(size)))) if size else 0
    return f"{mean:.{digits}f} ± {spread:.{digits}f}"


def _render(
    name: str,
    contents: Sequence[Mapping[str, Any]],
    read: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    autoescape: bool,
) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=number,
        command=command,
        seeds=_seeds,
        cell=_cell,
        share=share_text,
        deciding=deciding_text,
        deciders=deciders_text,
        where=where_text,
        nearest=nearest_text,
    )
    environment.globals.update(curve_name=curve_name)
    template = environment.get_template(name)
    judged = {
        content["id"]: overall(read.get(content["id"], [])) or content["verdict"]["outcome"]
        for content in contents
    }
    outcomes = list(judged.values())
    counts = {name: outcomes.count(name) for name in OUTCOMES if name in outcomes}
    found = {content["id"]: read.get(content["id"], []) for content in contents}
    return template.render(contents=contents, read=found, judged=judged, counts=counts)


def _seeds(content: Mapping[str, Any]) -> str:
    """How many networks the rows have: "5", or "5 and 20" where spreads have more."""
    rows = [row for table in content["tables"] for row in table["rows"]]
    found = {len(values) for row in rows for values in row["values"]} - {1}
    return " and ".join(map(str, sorted(found or {content["seeds"]})))


def _cell(text: str) -> str:
    """Text that does not end a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")
