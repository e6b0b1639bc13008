"""What a study has beside scores: what the safeguard did, and what each part was worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from onward.evaluate.metrics.metric import MISSING
from onward.report.decoding.standings import OURS, clock, grid, mean, short, signed, written
from onward.report.settings import listed
from onward.report.table import Cell, Row, Table

# Moments that are named one by one.
SHOWN = 8


@dataclass(frozen=True)
class Bar:
    """What the decoder loses without a part.

    Attributes:
        name: what it is without.
        f20: mean over sessions.
        lost: F20 that the whole recipe has more.
        sessions: in how many sessions the whole recipe is better.
        width: of the bar, percent of the widest.
        helps: whether the part is worth something.
    """

    name: str
    f20: str
    lost: str
    sessions: str
    width: float
    helps: bool


def ablation_bars(results: Mapping[str, Any]) -> list[Bar]:
    """F20 without each part of the recipe, beside the whole one with the same seed."""
    whole = grid(results, OURS, "f20")[:1]
    names = [session["name"] for session in results["sessions"]]
    gaps: dict[str, tuple[float, np.ndarray]] = {}
    for name, found in (results.get("ablation") or {}).items():
        told = [found.get(session) for session in names]
        scores = np.array([np.nan if one is None else one for one in told], np.float64)
        if len(whole):
            gaps[name] = float(mean(scores)), whole[0] - scores
    lost = {name: float(mean(gap)) for name, (_, gap) in gaps.items()}
    widest = max((abs(one) for one in lost.values() if np.isfinite(one)), default=0.0)
    return [
        Bar(
            name,
            written(score),
            signed(-lost[name]),
            f"{int(np.sum(gap > 0))} of {int(np.isfinite(gap).sum())}",
            100 * abs(float(np.nan_to_num(lost[name]))) / widest if widest else 0.0,
            lost[name] > 0,
        )
        for name, (score, gap) in gaps.items()
    ]


def events_table(results: Mapping[str, Any]) -> Table | None:
    """What the guards found and did in each session, how often, and when; None where nothing
    happened."""
    rows, several = [], results["config"]["seeds"] > 1
    for session in results["sessions"]:
        told = (results.get("events") or {}).get(session["name"], {})
        begun = (results.get("when") or {}).get(session["name"], {})
        for kind, count in told.items():
            if count:
                many = _many(kind, count, results["bin_s"])
                texts = (short(session["name"]), many, _moments(begun, kind, results))
                words = in_words(kind, results["config"])
                rows.append(Row(f"{session['name']}:{kind}", words, "part", _cells(texts)))
    if not rows:
        return None
    headers = ("", "session", "how much", "when it began")
    note = "Minutes and seconds of the session."
    if several:
        note += " How much is the sum over all seeds; when is of the first seed."
    return Table(headers, tuple(rows), (note,))


def guarded_sentence(results: Mapping[str, Any]) -> str:
    """What was watched, and of what nothing happened."""
    config, happened = results["config"], set[str]()
    for told in (results.get("events") or {}).values():
        happened |= {kind for kind, count in told.items() if count}
    said = []
    if not config["adapt"]:
        return "The decoder did not learn, so that nothing had to be guarded against."
    if not config["safeguard"]:
        said.append("No frozen copy stood by to take over.")
    elif "fallback" not in happened:
        said.append("At no moment did the decoder do clearly worse than its frozen copy.")
    watched = [kind for kind, acts in (config.get("guards") or {}).items() if acts]
    if not watched:
        said.append("Nothing else was watched.")
    elif quiet := [WATCHED[kind] for kind in watched if kind not in happened]:
        said.append(f"Watched, and found nothing in: {listed(quiet)}.")
    if "skipped" not in happened:
        said.append("No sample was skipped.")
    return " ".join(said)


WATCHED = {"outlying": "outlying values", "loss": "losses", "influence": "the influence"}
WORDS = {
    "fallback": "the frozen copy predicts",
    "put back": "put back to good weights",
    "skipped": "samples skipped: not finite, or too large",
    "outlying": "values far off",
    "loss": "losses far above their past",
    "influence": "the influence far above its past",
}
ACTS = {
    "warn": "nothing done",
    "drop": "taken as missing",
    "clip": "shortened",
    "restart": "what the rule carries begins afresh",
    "roll back": "back to the last good weights",
    "lower": "learning rates lowered",
}
# What lasts; anything else happens at a bin.
LASTING = "fallback"


def in_words(kind: str, config: Mapping[str, Any]) -> str:
    """What is said of a kind of event, and what was done then; one that is not known is said as it
    is.

    Args:
        kind: of the event.
        config: of the study.
    """
    words, acts = WORDS.get(kind, kind), (config.get("guards") or {}).get(kind) or ()
    acts = (acts,) if isinstance(acts, str) else acts
    done = " and ".join(ACTS.get(act, act) for act in acts)
    return f"{words}: {done}" if done else words


def _many(kind: str, count: int, bin_s: float) -> str:
    if kind == LASTING:
        return f"{count * bin_s / 60:.1f} min"
    return "once" if count == 1 else f"{count:,} times"


def _moments(begun: Mapping[str, list[int]], kind: str, results: Mapping[str, Any]) -> str:
    rows = begun.get(kind, [])
    if not rows:
        return MISSING
    text = ", ".join(clock(row * results["bin_s"]) for row in rows[:SHOWN])
    return text + (f" and {len(rows) - SHOWN:,} more" if len(rows) > SHOWN else "")


def _cells(texts: tuple[str, ...]) -> tuple[Cell, ...]:
    return tuple(Cell(text, best=False) for text in texts)
