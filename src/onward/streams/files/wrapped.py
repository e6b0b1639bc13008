"""What a table around another one hands through."""

from collections.abc import Mapping
from dataclasses import dataclass

from onward.streams.files.table import Table


@dataclass(frozen=True)
class WrappedTable:
    """All of a table but its names and its rows, which a class around it has of its own.

    Attributes:
        table: the one within.
    """

    table: Table

    @property
    def kind(self) -> str:
        return self.table.kind

    @property
    def unsupported(self) -> Mapping[str, str]:
        return self.table.unsupported

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        return self.table.groups

    @property
    def cells_are_text(self) -> bool:
        return self.table.cells_are_text

    @property
    def decimal(self) -> str:
        return self.table.decimal

    @property
    def breaks(self) -> tuple[str, ...]:
        return self.table.breaks

    @property
    def sessions(self) -> str | None:
        return self.table.sessions

    @property
    def notes(self) -> tuple[str, ...]:
        return self.table.notes
