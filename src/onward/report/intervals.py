"""The table of the learner's intervals: how many labels they hold, and how wide they are."""

from collections.abc import Mapping
from typing import Any

from onward.evaluate import Metric
from onward.evaluate.scoreboard import QUARTERS
from onward.report.table import Cell, Row, Table
from onward.report.tables import COLUMNS, phase_word

SHARE = Metric("coverage", "labels within", higher_is_better=True, decimals=3)
WIDTH = Metric("width", "mean width", higher_is_better=False, decimals=None)


def intervals_table(metrics: Mapping[str, Any]) -> Table | None:
    """Coverage and width over the whole stream and in each phase, or in each quarter where there
    are no phases or many; None for a run without intervals."""
    found = metrics.get("intervals")
    if not found:
        return None
    names = metrics["phases"]["names"]
    phases = "phases" in found and len(names) <= COLUMNS
    headers = [name or "(none)" for name in names] if phases else list(QUARTERS)
    parts = [found["overall"], *found["phases" if phases else "quarters"]]
    rows = tuple(
        Row(metric.key, metric.label, "part", tuple(_cell(metric, part) for part in parts))
        for metric in (SHARE, WIDTH)
    )
    by = phase_word(metrics) if phases else "quarter of the rows"
    note = f"Share of the labels within, of {found['level']:g} wanted, and width in each {by}."
    several = len(metrics["stream"]["target_names"])
    more = (f"Each is the uniform average over {several} targets.",) if several > 1 else ()
    return Table(("", "whole stream", *headers), rows, (note, *more))


def _cell(metric: Metric, part: Mapping[str, Any]) -> Cell:
    return Cell(metric.format(part[metric.key]), best=False)
