"""A draw as a table, whose rows are methods, and the draw that a table was made of."""

from collections.abc import Sequence

import numpy as np

from papers.comparison import RECOVERY
from papers.multiverse.draw import Draw
from papers.multiverse.space import Protocol
from papers.result import Row, Table
from papers.setting import EXACT, FROZEN, Method

ERROR = "error"


def table(title: str, draw: Draw, methods: Sequence[Method], numbers: Sequence[str] = ()) -> Table:
    """A named point's draw as a table.

    Args:
        title: of the table.
        draw: see `Draw`; of one that learnt nothing before the shift every error is infinite.
        methods: the rows, with exact RTRL and the frozen network among them.
        numbers: what else was measured of each method, a column each; beside the frozen network
            stands what was measured of it before any method ran.
    """
    seeds = len(next(iter(draw.errors.values()))) if draw.errors else 1
    lost = np.full(seeds, np.inf)
    rows = []
    for method in methods:
        errors = draw.errors.get(method.name, lost)
        recovered = draw.recoveries(method) if draw.errors else lost
        more = [draw.numbers.get(_key(name, method.name), lost) for name in numbers]
        rows.append(Row.of(method.name, errors, recovered, *more, note=draw.hopeless))
    return Table(title, (ERROR, RECOVERY, *numbers), tuple(rows))


def as_draw(table: Table, protocol: Protocol) -> Draw:
    """The inverse of `table`, so that a point is judged by the rule of draws."""
    numbers = {
        _key(name, row.name): np.array(row.values[column])
        for column, name in enumerate(table.columns)
        for row in table
        if column > 1
    }
    errors = {row.name: np.array(row.values[0]) for row in table}
    return Draw(table.title, protocol, errors, numbers, hopeless=table[EXACT.name].note)


def _key(number: str, method: str) -> str:
    """The name of a number in a draw."""
    return number if method == FROZEN.name else f"{number}, {method}"
