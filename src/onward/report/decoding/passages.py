"""What the decoder made of each session, minute by minute and bin by bin."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from onward.report.decoding.parts import in_words
from onward.report.decoding.standings import OURS
from onward.report.embedded import Part
from onward.report.explorer import Explorer, Stretch, View, thinned

SHOWN_TARGETS = 4
# Bins times targets of all sessions: embedded as they are, and as means of many bins.
BINS, MEANS = 40_000, 8_000
MINUTE_S = 60.0
# Minutes of a session that are looked at, so that one of days costs no more than one of hours.
MINUTES = 240
EVENTS = 100
# Bins that are shown at first.
OPENED = 800


@dataclass(frozen=True, eq=False)
class Minutes:
    """How well each minute of a session was decoded.

    Attributes:
        ours: 1 - the minute's mean squared error by the variance of the session's labels, mean
            over targets; NaN where less than half of the minute is scored.
        frozen: of the frozen copy.
    """

    ours: np.ndarray
    frozen: np.ndarray


class PassageReader:
    """Of every target the truth, the prediction, and that of the frozen copy."""

    def __init__(self, targets: int, adapts: bool):
        self.lines = (
            {"name": "true", "role": "ink", "width": 4, "alpha": 0.3},
            {"name": "predicted", "role": "learner", "width": 1.5, "alpha": 1},
            {"name": "frozen copy", "role": "frozen", "width": 1.1, "alpha": 0.85},
        )
        self.names = ("targets", "predictions", "frozen")
        if not adapts:
            self.lines, self.names = self.lines[:2], self.names[:2]
        self.targets = targets

    def values(self, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """Shape (targets, lines, rows)."""
        lines = [columns[name][:, : self.targets].T for name in self.names]
        return np.stack(lines, axis=1).astype(np.float64)

    def classes(self, columns: Mapping[str, np.ndarray]) -> None:
        return None


def passages(
    results: Mapping[str, Any], folder: Path
) -> tuple[Explorer | None, dict[str, Minutes]]:
    """What is embedded of the predictions of the first seed, and how the minutes went.

    Reads one session at a time. A session without a file in the folder is left out.

    Args:
        results: the content of decode.json.
        folder: of `SESSION.npz`.
    """
    targets = min(len(results["targets"]), SHOWN_TARGETS)
    reader = PassageReader(targets, results["config"]["adapt"])
    count = max(len(results["sessions"]) * targets, 1)
    views, data, minutes = [], [], {}
    for name, columns in _read(results, folder):
        rows = len(columns["targets"])
        if not rows:
            continue
        minutes[name] = _minutes(columns, results["bin_s"])
        stretches: list[Stretch] = []
        step = 1 if rows <= BINS // count else -(-rows * count // MEANS)
        if step > 1:
            stretches = _stretches(results, name, rows, BINS // count // 2, minutes[name])
        cuts = [(0, rows, step), *((one.start, one.stop, 1) for one in stretches)]
        parts = [Part(start, stop, size, reader) for start, stop, size in cuts]
        for part in parts:
            part.add(0, columns)
        packed = [part.packed() for part in parts]
        view = {"rows": rows, "parts": packed, "events": _events(results, name)}
        data.append(view | {"opens": _opening(stretches, rows)})
        views.append(View(name, tuple(stretches)))
    if not views:
        return None, minutes
    shared = {"views": data, "lines": reader.lines, "minutes": results["bin_s"] / 60}
    shared |= {"classes": None, "range": None, "dates": False}
    names = tuple(results["targets"][:targets])
    return Explorer(shared, (), names, tuple(views)), minutes


def _read(results: Mapping[str, Any], folder: Path) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    wanted = ("targets", "predictions", "frozen", "scored")
    for session in results["sessions"]:
        path = folder / f"{session['name']}.npz"
        # A name that leads out of the folder is none of ours.
        if path.parent != folder or not path.is_file():
            continue
        with np.load(path, allow_pickle=False) as file:
            yield session["name"], {name: file[name] for name in wanted}


def _minutes(columns: Mapping[str, np.ndarray], bin_s: float) -> Minutes:
    size = max(1, round(MINUTE_S / bin_s))
    count = min(max(1, len(columns["scored"]) // size), MINUTES)
    targets = np.where(columns["scored"][:, None], columns["targets"], np.nan).astype(np.float64)
    there = np.isfinite(targets)
    usual = np.sum(np.where(there, targets, 0), axis=0) / np.maximum(there.sum(axis=0), 1)
    squares = np.where(there, targets - usual, 0) ** 2
    variance = squares.sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    cut = slice(0, count * size)

    def by_minute(name: str) -> np.ndarray:
        errors = np.where(there, columns[name] - targets, 0)[cut] ** 2
        # The last minute of a short session has fewer bins.
        errors = errors[: len(errors) // count * count].reshape(count, -1, errors.shape[1])
        seen = there[cut][: errors.shape[0] * errors.shape[1]].reshape(errors.shape).sum(axis=1)
        moving = variance > 0
        with np.errstate(invalid="ignore", divide="ignore"):
            scores = 1 - errors.sum(axis=1)[:, moving] / seen[:, moving] / variance[moving]
        scores[seen[:, moving] < errors.shape[1] / 2] = np.nan
        return scores.mean(axis=1) if moving.any() else np.full(count, np.nan)

    return Minutes(by_minute("predictions"), by_minute("frozen"))


def _stretches(
    results: Mapping[str, Any], name: str, rows: int, size: int, minutes: Minutes
) -> list[Stretch]:
    """Around the worst minute, and the one in which adapting has gained most."""
    minute = max(1, round(MINUTE_S / results["bin_s"]))
    told = results["scores"].get(OURS, {}).get(name, [])
    wanted = []
    if told and told[0]["worst"]:
        wanted.append(("worst minute", told[0]["worst"]["first"]))
    gain = minutes.ours - minutes.frozen if results["config"]["adapt"] else minutes.ours
    words = "gained most on the frozen copy" if results["config"]["adapt"] else "best minute"
    if np.isfinite(gain).any():
        wanted.append((words, int(np.nanargmax(gain)) * minute))
    found: list[Stretch] = []
    for words, first in wanted:
        start = min(max(first + (minute - size) // 2, 0), max(rows - size, 0))
        # No bin is embedded twice: two that meet share the border.
        for other in found:
            if start < other.stop and other.start < start + size:
                start = other.stop if start >= other.start else max(other.start - size, 0)
        stop = min([start + size, rows, *(o.start for o in found if o.start >= start)])
        if stop - start > size // 4:
            found.append(Stretch(words, start, stop))
    return sorted(found, key=lambda one: one.start)


def _opening(stretches: list[Stretch], rows: int) -> tuple[int, int]:
    """What is shown at first: so few bins that each can be seen, of a minute of interest."""
    start, stop = (stretches[0].start, stretches[0].stop) if stretches else (0, rows)
    first = start + max(stop - start - OPENED, 0) // 2
    return first, min(first + OPENED, stop)


def _events(results: Mapping[str, Any], name: str) -> list[tuple[int, str]]:
    told = (results.get("when") or {}).get(name, {})
    words = {kind: in_words(kind, results["config"]) for kind in told}
    return thinned([[(row, words[kind]) for row in rows] for kind, rows in told.items()], EVENTS)
