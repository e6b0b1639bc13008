"""What was told of each session, and when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from onward.evaluate.metrics.metric import MISSING
from onward.report.decoding.settings import labels_words
from onward.report.decoding.standings import clock, short
from onward.report.table import Cell, Row, Table


def told_table(results: Mapping[str, Any]) -> Table:
    """Of each session when it began, how long it is, and from when to when labels were told."""
    bin_s, labels = results["bin_s"], results["config"]["labels"]
    last = results["training"][-1].get("began")
    rows = []
    for session in results["sessions"]:
        began, end = session.get("began"), session["rows"] * bin_s
        first, stop = _span(labels, bin_s, end)
        texts = (
            began[:16].replace("T", " ") if began else MISSING,
            _days(last, began),
            clock(end),
            f"{session['starts']:,}",
            f"{session['scored']:,}",
            f"{clock(first)} to {clock(stop)}",
        )
        cells = tuple(Cell(text, best=False) for text in texts)
        rows.append(Row(session["name"], short(session["name"]), "part", cells))
    headers = ("began", "days after training", "length", "sequences", "scored bins", "labels told")
    note = "At a sequence the state of the network begins afresh."
    return Table(("", *headers), tuple(rows), (note,))


def told_sentence(results: Mapping[str, Any]) -> str:
    """When labels are told, and which are not."""
    words = labels_words(results["config"]["labels"], results["bin_s"])
    return f"Labels are told: {words}. For F20, none of the last 20 % of a session is told."


def _span(labels: str, bin_s: float, end: float) -> tuple[float, float]:
    """From which second to which labels are told."""
    timing, _, amount = labels.partition(":")
    if timing == "calibration-only":
        return 0.0, min(float(amount), end)
    return (min(float(amount) * bin_s, end) if timing == "late" else 0.0), end


def _days(before: str | None, began: str | None) -> str:
    if not (before and began):
        return MISSING
    dates = [datetime.fromisoformat(one).date() for one in (before, began)]
    return f"{(dates[1] - dates[0]).days:,}"
