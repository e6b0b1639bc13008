"""A table that is in memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from onward.streams.errors import stream_error
from onward.streams.files.cells import is_supported
from onward.streams.files.table import BATCH_ROWS, refuse_twice

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class ArrowTable:
    """The columns of an Arrow table. Starting late costs nothing."""

    table: "pa.Table"
    kind: str = "table"
    cells_are_text: bool = False
    decimal: str = "."
    breaks: tuple[str, ...] = ()
    sessions: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.table.schema if is_supported(field.type))

    @property
    def unsupported(self) -> Mapping[str, str]:
        fields = self.table.schema
        return {field.name: str(field.type) for field in fields if not is_supported(field.type)}

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        return {}

    def batches(self, names: Sequence[str], start: int) -> Iterator["pa.RecordBatch"]:
        """Yield batches in the types of the table."""
        yield from self.table.select(list(names)).slice(start).to_batches(BATCH_ROWS)


def arrow_table(
    table: "pa.Table",
    kind: str = "table",
    *,
    cells_are_text: bool = False,
    notes: tuple[str, ...] = (),
) -> ArrowTable:
    """Return a table in memory as one to make a stream of.

    Raises:
        StreamError: for a name used twice.
    """
    refuse_twice(table.column_names)
    return ArrowTable(table, kind, cells_are_text, notes=notes)


def as_arrow(table: Any) -> ArrowTable:
    """Return a table of pandas, pyarrow, polars or whatever else Arrow can read.

    Tables of pandas are copied, as they may change; an index with a name or of timestamps is a
    column. The others are taken over through Arrow's C stream, or else through the interchange
    protocol of data frames.

    Raises:
        StreamError: for anything else, cells that Arrow has no type for, and a name used twice.
    """
    import pandas as pd
    import pyarrow as pa

    try:
        if isinstance(table, pd.DataFrame):
            found = pa.Table.from_pandas(table.rename(columns=str).copy())
        elif hasattr(table, "__arrow_c_stream__"):
            found = pa.table(table)
        elif hasattr(table, "__dataframe__"):
            from pyarrow import interchange

            found = interchange.from_dataframe(table)
        else:
            got = f"a {type(table).__name__}"
            raise stream_error(
                "a table of pandas, polars or pyarrow", got, "from_arrays or from_rows"
            )
    except (pa.ArrowException, NotImplementedError) as error:
        remedy = "converting that column to numbers, text or timestamps"
        raise stream_error("cells of one type in each column", str(error), remedy) from error
    return arrow_table(found)
