"""Whether adapting paid, in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from onward.report.decoding.standings import (
    MARGIN,
    OURS,
    SHADOW,
    Standing,
    of_key,
    over_seeds,
    signed,
    standings,
    strongest,
    written,
)
from onward.report.table import LEVEL

# Of sessions that are named one by one.
NAMED = 4
# Beside the frozen copy, what a decoder in use should never be clearly below.
DAILY = "ridge, refitted daily"


@dataclass(frozen=True)
class Verdict:
    """What came of a study.

    Attributes:
        answer: whether it is better, in a few words.
        sentences: by how much, beside whom, in how many sessions, and where it did worst.
        shortfalls: where it is clearly below its frozen copy, or below a daily ridge.
    """

    answer: str
    sentences: tuple[str, ...]
    shortfalls: tuple[str, ...]


def decode_verdict(results: Mapping[str, Any]) -> Verdict:
    """Whether the decoder is better than its frozen copy and than the strongest opponent.

    Args:
        results: the content of decode.json.
    """
    found = standings(results)
    ours, shadow, best = of_key(found, OURS), of_key(found, SHADOW), strongest(found)
    if ours is None or not np.isfinite(ours.mean):
        return Verdict("No session could be scored.", (), ())
    sentences = [_reached(results, ours)]
    if shadow is not None:
        sentences.append(f"Against its frozen copy it {_beside(ours, shadow)}.")
    if best is not None:
        count = sum(one.kind == "baseline" for one in found)
        of = f" of {count} opponents" if count > 1 else " opponent"
        superlative = "the strongest" if count > 1 else "the only"
        sentences.append(f"Against “{best.name}”, {superlative}{of}, it {_beside(ours, best)}.")
    if ours.worst is not None:
        name = results["sessions"][ours.worst]["name"]
        sentences.append(f"Its worst session is {name}: {written(ours.by_session[ours.worst])}.")
    shortfalls = (
        *_shortfall(results, ours, shadow),
        *_shortfall(results, ours, of_key(found, DAILY)),
    )
    beside = [one.name for one in (shadow, of_key(found, DAILY)) if one is not None]
    if beside and not shortfalls:
        sentences.append(
            f"In no session, with no seed, is it more than {MARGIN:g} below {' or '.join(beside)}."
        )
    return Verdict(_answer(ours, shadow, best), tuple(sentences), shortfalls)


def _answer(ours: Standing, shadow: Standing | None, best: Standing | None) -> str:
    words = []
    if shadow is not None:
        gain = ours.mean - shadow.mean
        level = "Adapting makes no difference" if abs(gain) < LEVEL else "Adapting does harm"
        words.append("Adapting pays" if gain >= LEVEL else level)
    if best is not None:
        lead = ours.mean - best.mean
        if abs(lead) < LEVEL:
            words.append(f"“{best.name}” is as good")
        elif lead > 0:
            words.append("no opponent is as good")
        else:
            words.append(f"“{best.name}” is better")
    if not words:
        return "The decoder does not adapt, and nothing stands beside it."
    # What follows a good first half is a surprise if it is bad, and the other way round.
    good = [word in ("Adapting pays", "no opponent is as good") for word in words]
    joined = (", and " if good[0] == good[-1] else ", but ").join(words)
    return f"{joined[0].upper()}{joined[1:]}."


def _reached(results: Mapping[str, Any], ours: Standing) -> str:
    sessions, seeds = len(results["sessions"]), len(ours.f20)
    over = f"{sessions} session{'s' if sessions != 1 else ''}"
    if seeds > 1:
        over += f" and {seeds} seeds"
    return f"The decoder has a mean F20 of {written(*over_seeds(ours.f20))} over {over}."


def _beside(ours: Standing, other: Standing) -> str:
    won, both = ours.won(other)
    where = f"wins {won} of {both} session{'s' if both != 1 else ''}"
    gap = ours.mean - other.mean
    if not np.isfinite(gap):
        return where
    return f"{where} and is {written(abs(gap))} {'above' if gap >= 0 else 'below'} in the mean"


def _shortfall(
    results: Mapping[str, Any], ours: Standing, other: Standing | None
) -> tuple[str, ...]:
    """Where it is clearly below one that it should never be below."""
    if other is None:
        return ()
    # An opponent has one seed for all of ours.
    gap = ours.f20 - other.f20
    places = sorted(np.argwhere(gap < -MARGIN).tolist(), key=lambda place: gap[tuple(place)])
    if not places:
        return ()
    several = len(ours.f20) > 1
    first = results["config"]["seed"]
    named = [
        f"{results['sessions'][session]['name']}{f' with seed {first + seed}' if several else ''} "
        f"({signed(gap[seed, session])})"
        for seed, session in places[:NAMED]
    ]
    more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
    return (f"It is more than {MARGIN:g} below {other.name}: {', '.join(named)}{more}.",)
