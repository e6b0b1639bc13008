"""What a claim is."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any, ClassVar

from papers.lab import Lab
from papers.multiverse.universe import Universe
from papers.result import Figure, Result, Table, Verdict


@dataclass(frozen=True)
class AbstractClaim:
    """A statement of a paper, the protocol that tests it, and the rule that judges.

    A new claim is a frozen dataclass in a file of its own in `claims/`, named in its
    `__init__`. Its fields are the protocol. `measure` runs it and `judge` reads the tables; the
    rule stands in the code of `judge`, written before the run; `docs/claims.md` names those that
    were changed after one.
    """

    id: ClassVar[str]
    statement: ClassVar[str]
    # The figure that the paper gives, as text.
    paper: ClassVar[str]
    # What a reader should know besides, a sentence each.
    notes: ClassVar[tuple[str, ...]] = ()
    # How it is read over families of protocols, of which `measure` has a few.
    universes: ClassVar[tuple[Universe, ...]] = ()

    @abstractmethod
    def measure(self, lab: Lab) -> tuple[Table, ...]:
        """The tables."""

    @abstractmethod
    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        """What follows from them."""

    @abstractmethod
    def figure(self, tables: tuple[Table, ...]) -> Figure:
        """What to draw of them."""

    def missing(self) -> str | None:
        """What the claim cannot be run without and does not find; None where all is there."""
        return None

    def run(self, lab: Lab, scale: str) -> Result:
        """Measure, judge and say what to draw."""
        tables = self.measure(lab)
        return Result(
            id=self.id,
            statement=self.statement,
            paper=self.paper,
            protocol=self.protocol(),
            scale=scale,
            seeds=len(lab.seeds),
            tables=tables,
            figure=self.figure(tables),
            verdict=self.judge(tables),
            notes=self.notes,
        )

    def protocol(self) -> dict[str, Any]:
        """The fields as plain data; results made under another protocol are refused."""
        return _described(self)


def _described(value: Any) -> Any:
    """Plain data, in which objects carry the names of their kinds."""
    if is_dataclass(value) and not isinstance(value, type):
        fields = {name: _described(getattr(value, name)) for name in asdict(value)}
        return {"kind": type(value).__name__, **fields}
    if isinstance(value, tuple | list):
        return [_described(one) for one in value]
    return value


def held_in(held: Sequence[bool], regimes: Sequence[str], *, ours: str, reason: str) -> Verdict:
    """The verdict of a claim that was tried in several regimes."""
    if all(held):
        return Verdict("holds", ours, reason)
    if not any(held):
        return Verdict("does not hold", ours, reason)
    where = "; ".join(name for name, ok in zip(regimes, held, strict=True) if ok)
    return Verdict("holds in a regime", ours, reason, where)
