"""A study for the terminal."""

from collections.abc import Mapping
from typing import Any

from onward.evaluate.metrics.metric import MISSING
from onward.report.decoding.standings import over_seeds, standings, written


def summary_rows(results: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Ours, its frozen copy, and the opponents from the highest F20 on.

    Args:
        results: the content of decode.json.

    Returns:
        Of each decoder its name, F20, prequential R² (mean over sessions and seeds, ± the standard
        deviation over seeds), sessions in which it is above ours, and its worst session.
    """
    rows, found = [], standings(results)
    for one in found:
        won = MISSING
        if one is not found[0]:
            above, both = one.won(found[0])
            won = f"{above} of {both}"
        worst = MISSING
        if one.worst is not None:
            name = results["sessions"][one.worst]["name"]
            worst = f"{name} ({written(one.by_session[one.worst])})"
        scores = written(*over_seeds(one.f20)), written(*over_seeds(one.prequential))
        rows.append((one.name, *scores, won, worst))
    return rows
