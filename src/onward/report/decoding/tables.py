"""The tables of a study: decoders beside each other, session by session, axis by axis."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from onward.evaluate.metrics.metric import MISSING
from onward.report.decoding.drift import shifted
from onward.report.decoding.standings import (
    OURS,
    SHADOW,
    Standing,
    clock,
    grid,
    mean,
    of_key,
    over_seeds,
    short,
    signed,
    standings,
    strongest,
    written,
)
from onward.report.table import Cell, Row, Table

SHOWN_TARGETS = 4


def decoders_table(results: Mapping[str, Any]) -> Table:
    """Ours, its frozen copy, and every opponent, with the sessions that ours wins against it."""
    found, names = standings(results), _names(results)
    ours = of_key(found, OURS)
    best = max((one.mean for one in found if np.isfinite(one.mean)), default=np.nan)
    rows = []
    for one in found:
        cells = [
            Cell(written(*over_seeds(one.f20)), written(one.mean) == written(best)),
            _cell(written(*over_seeds(one.prequential))),
        ]
        worst = MISSING if one.worst is None else written(one.by_session[one.worst])
        cells += _against(ours, one, names)
        cells.append(_cell(worst if one.worst is None else f"{worst} ({names[one.worst]})"))
        rows.append(Row(one.key, one.name, one.kind, tuple(cells)))
    headers = ("", "F20 ↑", "prequential ↑", "ours wins", "ours loses most in", "worst session")
    return Table(headers, tuple(rows), _seeds_note(results))


def sessions_table(results: Mapping[str, Any]) -> Table:
    """Of each session: F20 of ours, its frozen copy, the strongest opponent; the worst minute."""
    found = standings(results)
    beside = [one for one in (of_key(found, SHADOW), strongest(found)) if one is not None]
    ours, moved = of_key(found, OURS), shifted(results)
    rows = []
    for place, session in enumerate(results["sessions"]):
        scores = [one.by_session[place] for one in (ours, *beside) if one is not None]
        there = [score for score in scores if np.isfinite(score)]
        cells = [Cell(written(s), bool(there) and s == max(there)) for s in scores]
        if ours is not None:
            cells += [_cell(signed(scores[0] - score)) for score in scores[1:2]]
            cells += [_cell(written(_at(grid(results, OURS, "prequential"), place)))]
        cells += [_cell(_worst_minute(results, session["name"])), _cell(_share(moved[place]))]
        rows.append(Row(session["name"], short(session["name"]), "part", tuple(cells)))
    headers = [one.name for one in beside]
    if ours is not None:
        headers = ["ours", *headers, *(["lead"] if beside else []), "prequential"]
    note = "F20, mean over seeds; the best of a session in bold."
    if beside:
        note += f" Lead: over {beside[0].name}."
    note += (
        " Worst minute: the minute and second at which it begins, and its R² beside the variance"
    )
    note += (
        " of the whole session, of the seed that does worst. Changed: channels whose rate has at"
    )
    note += " least doubled or halved since the training sessions."
    return Table(("", *headers, "worst minute", "changed"), tuple(rows), (note,))


def axes_table(results: Mapping[str, Any]) -> Table:
    """R² by target, session and seed of ours, beside that of its frozen copy."""
    names, first = _names(results), results["config"]["seed"]
    targets = list(results["targets"])[:SHOWN_TARGETS]
    keys = [OURS, *([SHADOW] if results["config"]["adapt"] else [])]
    columns = [
        (f"{score}, {name}{', frozen' if key == SHADOW else ''}", grid(results, key, of, axis))
        for key in keys
        for of, score in (("f20", "F20"), ("prequential", "prequential"))
        for axis, name in enumerate(targets)
    ]
    seeds = len(grid(results, OURS, "f20"))
    rows = tuple(
        Row(
            f"{name}:{seed}",
            name + (f", seed {first + seed}" if seeds > 1 else ""),
            "part",
            tuple(_cell(written(_at(values, place, seed))) for _, values in columns),
        )
        for place, name in enumerate(names)
        for seed in range(seeds)
    )
    left = len(results["targets"]) - len(targets)
    notes = (f"{left} more targets are in decode.json.",) if left else ()
    return Table(("", *(header for header, _ in columns)), rows, notes)


def _against(ours: Standing | None, other: Standing, names: Sequence[str]) -> list[Cell]:
    """Sessions that ours wins against another, and the one that it loses by most."""
    if ours is None or other is ours:
        return [_cell(MISSING), _cell(MISSING)]
    won, both = ours.won(other)
    gap = ours.by_session - other.by_session
    lost = MISSING
    if np.isfinite(gap).any() and np.nanmin(gap) < 0:
        place = int(np.nanargmin(gap))
        lost = f"{names[place]} ({signed(gap[place])})"
    return [_cell(f"{won} of {both}"), _cell(lost)]


def _worst_minute(results: Mapping[str, Any], session: str) -> str:
    told = [one["worst"] for one in results["scores"].get(OURS, {}).get(session, [])]
    found = [one for one in told if one and one["r2"] is not None]
    if not found:
        return MISSING
    worst = min(found, key=lambda one: one["r2"])
    return f"{clock(worst['first'] * results['bin_s'])} ({written(worst['r2'])})"


def _seeds_note(results: Mapping[str, Any]) -> tuple[str, ...]:
    notes = [
        "F20: adapts on the first 80 % of a session, then its R² on the last 20 % without labels.",
        "Prequential: R² of all scored bins, each predicted before its label was told.",
        "Mean of sessions and targets.",
    ]
    if results["config"]["seeds"] > 1:
        notes.append(f"± is the standard deviation over {results['config']['seeds']} seeds.")
    return (" ".join(notes),)


def _at(values: np.ndarray, place: int, seed: int | None = None) -> float:
    if seed is None:
        return float(mean(values[:, place]))
    return float(values[seed, place]) if seed < len(values) else np.nan


def _share(value: float) -> str:
    return f"{100 * value:.0f} %" if np.isfinite(value) else MISSING


def _names(results: Mapping[str, Any]) -> list[str]:
    return [short(session["name"]) for session in results["sessions"]]


def _cell(text: str) -> Cell:
    return Cell(text, best=False)
