"""What claims come to over the draws of their worlds."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from papers.claim import AbstractClaim
from papers.multiverse.deciding import shares
from papers.multiverse.study import Measured, file_of
from papers.multiverse.universe import FAILS
from papers.result import Outcome

# Names of factors that are told in a summary.
TOLD = 3
NOTHING = "no factor beyond chance"


def readings(claims: Iterable[AbstractClaim], folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Of each claim, its readings in the worlds whose files a folder of results has.

    Raises:
        ResultsError: a file that is not one of a world.
    """
    measured: dict[str, Measured] = {}
    found = {}
    for claim in claims:
        read = []
        for universe in claim.universes:
            path = file_of(folder, universe.world)
            if not path.exists():
                continue
            world = measured.setdefault(universe.world, Measured(path))
            read.append(universe.read(world.draws, list(world.points.values())))
        if read:
            found[claim.id] = read
    return found


def overall(read: Sequence[Mapping[str, Any]]) -> Outcome | None:
    """The verdict over all readings of a claim; None where none could tell."""
    outcomes = {one["outcome"] for one in read} - {None}
    if not outcomes:
        return None
    return outcomes.pop() if len(outcomes) == 1 else "holds in a regime"


def share_text(one: Mapping[str, Any]) -> str:
    """`71 % of 187 (64 to 77)`."""
    if one["share"] is None:
        return "no protocol could tell"
    told = one["draws"] - one["hopeless"] - one["undecided"]
    low, high = (100 * end for end in one["interval"])
    return f"{100 * one['share']:.0f} % of {told} ({low:.0f} to {high:.0f})"


def deciding_text(one: Mapping[str, Any]) -> str:
    """The factors that decide, and how often the claim holds at each of their values."""
    told = [f"{factor['name']} ({shares(factor)})" for factor in _told(one)]
    return "; ".join(told) or NOTHING


def deciders_text(one: Mapping[str, Any]) -> str:
    """The factors that decide, and at which of their values the claim holds most and least."""
    told = []
    for factor in _told(one):
        often = {value: held / of for value, (held, of) in factor["shares"].items()}
        most, least = (choose(often, key=lambda value: often[value]) for choose in (max, min))
        told.append(
            f"{factor['name']}: {most} ({100 * often[most]:.0f} %), not {least} "
            f"({100 * often[least]:.0f} %)"
        )
    return "; ".join(told) or NOTHING


def _told(one: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The factors that decide, as many as are told."""
    return [factor for factor in one["factors"] if factor["decides"]][:TOLD]


def where_text(one: Mapping[str, Any]) -> str:
    """Where a claim holds most often, or that it fails everywhere."""
    if len(one["leaves"]) < 2:
        return "everywhere alike"
    best = one["leaves"][0]
    often = f"{best['where']}: {best['held']} of {best['of']}"
    fails = best["held"] <= FAILS * best["of"]
    return f"fails everywhere, least where {often}" if fails else f"most often where {often}"


def nearest_text(one: Mapping[str, Any]) -> str:
    """How near a protocol comes to the paper's figure."""
    if one["paper"] is None:
        return "the paper gives no figure"
    near = one["nearest"]
    if near is None:
        return "no protocol has a figure"
    protocol = ", ".join(f"{name} {value}" for name, value in near["protocol"].items())
    if near["within"]:
        return (
            f"{near['within']} protocols give the paper's figure, the first of them {near['name']} "
            f"({near['figure']:g}): {protocol}"
        )
    return (
        f"nearest is {near['name']} with {near['figure']:g}, {near['distance']:g} off: {protocol}"
    )
