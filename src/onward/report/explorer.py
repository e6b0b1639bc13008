"""What the page embeds so that any stretch of the predictions can be looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from onward.report.embedded import ClassReader, Part, TargetReader
from onward.report.figures.stream_axis import told
from onward.report.predictions import column_names, count_rows, read_batches
from onward.report.table import LEARNER, best_baseline

SHOWN_TARGETS = 4

# Points of all targets: rows that are embedded as they are, and means of many rows.
ROWS, MEANS = 12_000, 2_000
EVENTS = 200


@dataclass(frozen=True)
class Stretch:
    """Rows that are embedded as they are.

    Attributes:
        name: what they are.
        start: the first one.
        stop: the row after the last one.
    """

    name: str
    start: int
    stop: int


@dataclass(frozen=True)
class View:
    """One of several streams: its name, and the rows that are embedded as they are."""

    name: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class Explorer:
    """What the page needs.

    Attributes:
        data: for the script, to be written as JSON.
        stretches: the rows that are embedded as they are; none where all rows are.
        targets: names of the targets to choose from.
        views: several streams to choose from, each with stretches of its own; none for one.
    """

    data: dict[str, Any]
    stretches: tuple[Stretch, ...]
    targets: tuple[str, ...]
    views: tuple[View, ...] = ()

    @property
    def script(self) -> str:
        """What draws it."""
        return files("onward.report").joinpath("explorer.js").read_text("utf-8")


def explorer(path: Path, metrics: Mapping[str, Any]) -> Explorer | None:
    """Read predictions.parquet once; None where it has no rows.

    Memory: that of what is embedded, at most 12,000 rows and 2,000 means, whatever the length.
    """
    rows, stream = count_rows(path), metrics["stream"]
    if not rows:
        return None
    classes = stream["task"] == "classification"
    names: Sequence[str] = () if classes else stream["target_names"][:SHOWN_TARGETS]
    reader = ClassReader(path, metrics) if classes else TargetReader(path, names)
    shown = max(len(names), 1)
    full = ROWS // shown
    step = 1 if rows <= full else -(-rows * shown // MEANS)
    stretches = _stretches(metrics, rows, full) if step > 1 else []
    parts = [Part(0, rows, step, reader), *(Part(s.start, s.stop, 1, reader) for s in stretches)]
    timed = "time" in column_names(path)
    for start, columns in read_batches(path, [*reader.columns, *(["time"] if timed else [])]):
        for part in parts:
            part.add(start, columns)
    data = {
        "rows": rows,
        "dates": any(part.dates for part in parts),
        "lines": reader.lines,
        "classes": stream["class_names"] if classes else None,
        "range": [0, 1] if classes else None,
        "events": _events(metrics),
        "parts": [part.packed() for part in parts],
    }
    return Explorer(data, tuple(stretches), tuple(names))


def _stretches(metrics: Mapping[str, Any], rows: int, full: int) -> list[Stretch]:
    """The ends of the stream, and where the learner did worst and best beside the baseline."""
    size = full // 4
    wanted = [("first rows", 0), ("last rows", rows - size)]
    rolling, baseline = metrics["rolling"], best_baseline(metrics)
    if baseline is not None:
        pair = (rolling["series"][key] for key in (LEARNER, baseline))
        ours, theirs = (np.array([np.nan if v is None else v for v in s], float) for s in pair)
        lost = ours - theirs
        if np.isfinite(lost).any():
            for name, bin in (
                (f"lost most to {baseline}", np.nanargmax(lost)),
                (f"gained most on {baseline}", np.nanargmin(lost)),
            ):
                wanted.append((name, int(rolling["rows"][bin]) - size // 2))
    found: list[Stretch] = []
    for name, start in wanted:
        start = min(max(start, 0), rows - size)
        stop, middle = start + size, start + size // 2
        if any(other.start <= middle < other.stop for other in found):
            continue
        # What others hold is left out: no row is embedded twice.
        start = max([start, *(o.stop for o in found if o.stop <= middle)])
        stop = min([stop, *(o.start for o in found if o.start > middle)])
        found.append(Stretch(name, start, stop))
    return sorted(found, key=lambda stretch: stretch.start)


def _events(metrics: Mapping[str, Any]) -> list[tuple[int, str]]:
    by_kind: dict[str, list[tuple[int, str]]] = {}
    for event in metrics.get("events", []):
        words = told(event["kind"], event["count"])
        by_kind.setdefault(event["kind"], []).append((event["row"], words))
    return thinned(list(by_kind.values()), EVENTS)


def thinned(kinds: Sequence[Sequence[tuple[int, str]]], most: int) -> list[tuple[int, str]]:
    """Events in order of rows, some left out where there are too many: of the frequent kinds.

    Args:
        kinds: the events of each kind, in order of rows.
        most: how many are kept.
    """
    kept: list[tuple[int, str]] = []
    for place, events in enumerate(sorted(kinds, key=len)):
        share = max((most - len(kept)) // (len(kinds) - place), 1)
        kept += events[:: -(-len(events) // share) or 1]
    return sorted(kept)
