"""How each decoder of a study stands: its scores by seed and session, and its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from onward.evaluate.metrics.metric import MISSING
from onward.report.table import Kind

OURS, SHADOW = "decoder", "frozen"
# How far below its frozen copy, or a daily refit, a decoder may be before this is told.
MARGIN = 0.02
# Letters of a session's name in a table.
LONGEST = 22


@dataclass(frozen=True, eq=False)
class Standing:
    """How a decoder stands.

    Attributes:
        key: in the results.
        name: on the page.
        kind: ours, its frozen copy, or an opponent.
        f20: shape (seeds, sessions), NaN where there is none; an opponent has one seed.
        prequential: likewise.
    """

    key: str
    name: str
    kind: Kind
    f20: np.ndarray
    prequential: np.ndarray

    @property
    def by_session(self) -> np.ndarray:
        """F20 of each session, mean over seeds."""
        return mean(self.f20, axis=0)

    @property
    def mean(self) -> float:
        """F20, mean over sessions and seeds."""
        return float(mean(self.by_session))

    @property
    def worst(self) -> int | None:
        """The session with the lowest F20."""
        scores = self.by_session
        return int(np.nanargmin(scores)) if np.isfinite(scores).any() else None

    def won(self, other: "Standing") -> tuple[int, int]:
        """In how many sessions it is above another, of those in which both have a score."""
        gap = self.by_session - other.by_session
        return int(np.sum(gap > 0)), int(np.isfinite(gap).sum())


def standings(results: Mapping[str, Any]) -> list[Standing]:
    """Ours, its frozen copy if it adapts, and the opponents from the highest F20 to the lowest."""
    found = [
        Standing(key, _name(results, key), _kind(key), *(grid(results, key, of) for of in SCORES))
        for key in results["scores"]
        if key != SHADOW or results["config"]["adapt"]
    ]
    order = {"learner": 0, "frozen": 1}
    return sorted(
        found, key=lambda one: (order.get(one.kind, 2), -np.nan_to_num(one.mean, nan=-np.inf))
    )


SCORES = ("f20", "prequential")


def of_key(found: list[Standing], key: str) -> Standing | None:
    """The one of a key."""
    return next((one for one in found if one.key == key), None)


def strongest(found: list[Standing]) -> Standing | None:
    """The opponent with the highest F20."""
    return next((one for one in found if one.kind == "baseline" and np.isfinite(one.mean)), None)


def grid(results: Mapping[str, Any], key: str, score: str, axis: int | None = None) -> np.ndarray:
    """Scores of a decoder, shape (seeds, sessions); NaN where there is none.

    Args:
        results: the content of decode.json.
        key: of the decoder.
        score: "f20" or "prequential".
        axis: the target; None for the mean over them.
    """
    by_session = results["scores"].get(key, {})
    columns = [by_session.get(session["name"], []) for session in results["sessions"]]
    values = np.full((max(map(len, columns), default=0), len(columns)), np.nan)
    for place, scores in enumerate(columns):
        for seed, one in enumerate(scores):
            told = one[score] or {"mean": None, "per_target": []}
            value = told["mean"] if axis is None else dict(enumerate(told["per_target"])).get(axis)
            values[seed, place] = np.nan if value is None else value
    return values


def mean(values: np.ndarray, axis: int | None = None) -> np.ndarray:
    """The mean of those that are there; NaN, and no warning, where there is none."""
    there = np.isfinite(values)
    count = there.sum(axis=axis)
    total = np.where(there, values, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def over_seeds(values: np.ndarray) -> tuple[float, float | None]:
    """The mean over sessions and seeds, and the standard deviation over seeds of several."""
    seeds = mean(values, axis=1)
    seeds = seeds[np.isfinite(seeds)]
    if not len(seeds):
        return np.nan, None
    return float(seeds.mean()), float(seeds.std(ddof=1)) if len(seeds) > 1 else None


def written(value: float | None, spread: float | None = None) -> str:
    """A score as text."""
    if value is None or not np.isfinite(value):
        return MISSING
    text = f"{value:.3f}".replace("-", "−")
    return text if spread is None else f"{text} ± {spread:.3f}"


def signed(value: float) -> str:
    """A difference as text."""
    return f"{value:+.3f}".replace("-", "−") if np.isfinite(value) else MISSING


def short(name: str) -> str:
    """The name of a session that fits a table: both ends, for either may tell it from others."""
    return name if len(name) <= LONGEST else f"{name[:10].rstrip()}…{name[11 - LONGEST :].lstrip()}"


def clock(seconds: float) -> str:
    """A time within a session: minutes and seconds."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def dates_of(results: Mapping[str, Any]) -> list[datetime] | None:
    """When the decoded sessions began; None unless all tell, and each at another time."""
    told = [session.get("began") for session in results["sessions"]]
    if not all(told):
        return None
    # A zone is kept in the file; the axis shows the clock of the recording.
    dates = [datetime.fromisoformat(one).replace(tzinfo=None) for one in told]
    return dates if len(set(dates)) == len(dates) else None


def _name(results: Mapping[str, Any], key: str) -> str:
    config = results["config"]
    if key == SHADOW:
        return "its frozen copy"
    if key != OURS:
        return key
    how = config["rule"] if config["adapt"] else "not adapting"
    return f"ours ({config['cell']} {config['hidden']}, {how})"


def _kind(key: str) -> Kind:
    return {OURS: "learner", SHADOW: "frozen"}.get(key, "baseline")  # pyright: ignore[reportReturnType]
