"""The table of all claims, as a page and as Markdown, and their figures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from papers.report.figures import claim_figure


def write_claims(folder: Path, contents: Sequence[Mapping[str, Any]]) -> list[Path]:
    """Write `claims.html`, `claims.md` and `figures/ID.png` and `.svg` from finished results.

    Args:
        folder: where.
        contents: of `claims/ID.json`, in the order to show.

    Returns:
        The page and the Markdown file.
    """
    (folder / "figures").mkdir(exist_ok=True)
    for content in contents:
        claim_figure(folder / "figures" / f"{content['id']}.png", content)
    page, text = folder / "claims.html", folder / "claims.md"
    page.write_text(_render("claims.html.j2", contents, autoescape=True), "utf-8")
    text.write_text(_render("claims.md.j2", contents, autoescape=False), "utf-8")
    return [page, text]


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


def _render(name: str, contents: Sequence[Mapping[str, Any]], *, autoescape: bool) -> str:
    import jinja2

    environment = jinja2.Environment(
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, command=command, cell=_cell)
    template = environment.from_string(Path(__file__).with_name(name).read_text("utf-8"))
    outcomes = [content["verdict"]["outcome"] for content in contents]
    counts = {name: outcomes.count(name) for name in dict.fromkeys(outcomes)}
    return template.render(contents=contents, counts=counts)


def _cell(text: str) -> str:
    """Text that does not end a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")
