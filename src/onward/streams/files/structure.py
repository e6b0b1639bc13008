"""The second pass over a table, of the columns that say how its rows hang together."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from onward.streams.files.codes import Codes
from onward.streams.files.masks import only_valid
from onward.streams.files.starts import Begin, with_starts
from onward.streams.files.table import Table
from onward.streams.files.timeline import Timeline

if TYPE_CHECKING:
    import pyarrow as pa

    from onward.streams.files.moments import Clock


@dataclass(frozen=True)
class Structure:
    """How the rows of a table hang together.

    Attributes:
        series: what tells series apart, or None.
        phases: what tells phases apart, or None.
        begin: what begins a sequence.
        clock: the time, or None.
        valid: the column that says which rows count, or None.
    """

    series: Codes | None
    phases: Codes | None
    begin: Begin
    clock: "Clock | None"
    valid: str | None

    @property
    def codes(self) -> tuple[Codes, ...]:
        """Those of the series and of the phases, where they are told apart."""
        return tuple(codes for codes in (self.series, self.phases) if codes is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that it is told by."""
        columns = [one.column.name for one in (self.series, self.phases, self.clock) if one]
        return (*columns, *self.begin.names, *filter(None, (self.valid,)))

    def learn(self, table: Table) -> tuple[Timeline, tuple[int, ...]]:
        """Read the columns once, and give the series and the phases their codes.

        Returns:
            The order and steps of time, and the rows of each file, empty for a single one.
        """
        timeline, lengths = Timeline(), Counter()
        if not (self.series or self.phases or self.clock or table.sessions):
            return timeline, ()
        names = list(dict.fromkeys((*self.names, *filter(None, (table.sessions,)))))
        batches = self._learnt(only_valid(table.batches(names, 0), self.valid))
        for batch, begins in with_starts(batches, self.begin):
            if table.sessions:
                lengths.update(batch.column(table.sessions).to_pylist())
            if self.clock:
                codes = self.series.of(batch) if self.series else np.zeros(batch.num_rows, int)
                timeline.add(self.clock.of(batch), codes, begins if self.begin else None)
        return timeline, tuple(lengths.values())

    def _learnt(self, batches: Iterator["pa.RecordBatch"]) -> Iterator["pa.RecordBatch"]:
        for batch in batches:
            for codes in self.codes:
                codes.learn(batch)
            yield batch
