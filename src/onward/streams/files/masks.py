"""Rows that are no part of the stream: padding, told by a column of truth values."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from onward.streams.errors import stream_error
from onward.streams.files import cells

if TYPE_CHECKING:
    import pyarrow as pa


def valid_rows(column: "pa.Array", name: str) -> np.ndarray:
    """Return which rows are valid, bool, shape (rows,); a missing cell is not.

    Arguments:
        column: the cells, of truth values or of 0 and 1, as such or as text.
        name: of the column.

    Raises:
        StreamError: for any other cell.
    """
    if cells.is_time(column.type):
        raise _not_a_truth(name, str(column.type))
    values = cells.numbers(column)
    missing = ~column.is_valid().to_numpy(zero_copy_only=False)
    if cells.is_text(column.type):
        values = np.where(np.isnan(values), cells.truths(column), values)
        missing |= cells.mean_missing(column)
    else:
        missing |= np.isnan(values)
    other = ~(missing | (values == 0) | (values == 1))
    if other.any():
        raise _not_a_truth(name, repr(column[int(np.argmax(other))].as_py()))
    return values == 1


def only_valid(batches: Iterable["pa.RecordBatch"], name: str | None) -> Iterator["pa.RecordBatch"]:
    """Yield the batches less the rows that the column `name` does not call valid."""
    import pyarrow as pa

    for batch in batches:
        if name is None:
            yield batch
        else:
            counts = valid_rows(cells.plain(batch.column(name)), name)
            yield batch.filter(pa.array(counts))


def _not_a_truth(name: str, got: str) -> Exception:
    expected = f"truth values, or 0 and 1, in the column {name!r} of valid rows"
    return stream_error(expected, got, "another column")
