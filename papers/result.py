"""What a claim's run gives: tables of one number a seed, a verdict, and what to draw."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

Outcome = Literal["holds", "holds in a regime", "does not hold"]


class ResultsError(ValueError):
    """Results that cannot be gone on with."""


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        name: the method, or what else is compared.
        values: one tuple a column, of one number a seed; infinite where a pass diverged.
        note: what else is to be said, for example the learning rate.
    """

    name: str
    values: tuple[tuple[float, ...], ...]
    note: str = ""

    @staticmethod
    def of(name: str, *columns: Any, note: str = "") -> "Row":
        """A row from arrays of one number a seed."""
        return Row(name, tuple(tuple(map(_rounded, column)) for column in columns), note)

    def mean(self, column: int = 0) -> float:
        """Over the seeds."""
        return float(np.mean(self.values[column]))

    def std(self, column: int = 0) -> float:
        """Over the seeds, of a sample; 0 for one seed."""
        values = np.array(self.values[column])
        return (
            float(np.std(values, ddof=1)) if len(values) > 1 and np.isfinite(values).all() else 0.0
        )


@dataclass(frozen=True)
class Table:
    """Rows under named columns.

    Attributes:
        title: the setting and the regime.
        columns: with units.
        rows: see `Row`.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def __getitem__(self, name: str) -> Row:
        return next(row for row in self.rows if row.name == name)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


@dataclass(frozen=True)
class Series:
    """A line of a figure: one value, and its spread, for each point of the abscissa."""

    name: str
    x: tuple[float, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @staticmethod
    def of(name: str, x: Sequence[float], rows: Sequence[Row], column: int = 0) -> "Series":
        """One point a row."""
        means, stds = ([getattr(row, kind)(column) for row in rows] for kind in ("mean", "std"))
        return Series(name, tuple(map(float, x)), tuple(means), tuple(stds))


@dataclass(frozen=True)
class Figure:
    """What to draw, in plain data.

    Attributes:
        kind: "bars" (one a row of the tables), "lines" (the series), "dots" (each series a group
            of named points: `labels`), or "map" (each series a row of cells).
        title: above it.
        xlabel, ylabel: of the axes, with units.
        series: what the kind needs.
        tables, column: which tables and which column bars stand for.
        labels: names of the points along x.
        reference: the paper's figure, as a line across; None where it gives none.
        logarithmic: the axes to scale so, of "x" and "y".
    """

    kind: Literal["bars", "lines", "dots", "map"]
    title: str
    xlabel: str = ""
    ylabel: str = ""
    series: tuple[Series, ...] = ()
    tables: tuple[int, ...] = (0,)
    column: int = 0
    labels: tuple[str, ...] = ()
    reference: float | None = None
    logarithmic: str = ""


@dataclass(frozen=True)
class Verdict:
    """What follows from the tables.

    Attributes:
        outcome: see `Outcome`.
        ours: the figure that stands beside the paper's, as text.
        regime: under which conditions it holds; empty where it holds or fails throughout.
        reason: the numbers that decide, in a sentence.
    """

    outcome: Outcome
    ours: str
    reason: str
    regime: str = ""


@dataclass(frozen=True)
class Result:
    """A finished claim, as plain data it is the file of its results.

    Attributes:
        id, statement, paper: of the claim.
        protocol: every setting that the numbers depend on.
        scale: "full" or "quick".
        seeds: how many networks a row.
        tables, figure, verdict: see there.
        notes: what a reader should know besides, a sentence each.
    """

    id: str
    statement: str
    paper: str
    protocol: Mapping[str, Any]
    scale: str
    seeds: int
    tables: tuple[Table, ...]
    figure: Figure
    verdict: Verdict
    notes: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Plain data; numbers that are not finite are None."""
        return _plain(asdict(self))


def shown(row: Row, column: int = 0, digits: int = 0) -> str:
    """`84 ± 6`."""
    return f"{row.mean(column):.{digits}f} ± {row.std(column):.{digits}f}"


def _rounded(value: Any) -> float:
    """Six digits: more would differ from machine to machine."""
    return float(f"{float(value):.6g}")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value
