"""Where a column changes, and so a sequence begins, told across batches."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from onward.streams.files.cells import plain

if TYPE_CHECKING:
    import pyarrow as pa


def with_starts(
    batches: Iterable["pa.RecordBatch"], name: str, one_before: bool
) -> Iterator[tuple["pa.RecordBatch", np.ndarray]]:
    """Yield each batch and which of its rows begin a sequence, bool, shape (rows,).

    Arguments:
        batches: consecutive rows.
        name: the column whose change begins a sequence.
        one_before: whether the first row is there only to be compared with. It is left out then;
            else it begins a sequence.
    """
    import pyarrow as pa

    last = None
    for batch in batches:
        if not batch.num_rows:
            continue
        cells = _comparable(batch.column(name))
        joined = cells if last is None else pa.concat_arrays([last, cells])
        begins = _changes(joined)[len(joined) - len(cells) :]
        left_out = int(one_before and last is None)
        last = joined[-1:]
        yield batch.slice(left_out), begins[left_out:]


def _comparable(cells: "pa.Array") -> "pa.Array":
    """The cells in a type that Arrow compares; the two that it does not are exact in float32."""
    import pyarrow as pa
    from pyarrow import types

    cells = plain(cells)
    odd = types.is_null(cells.type) or types.is_float16(cells.type)
    return cells.cast(pa.float32()) if odd else cells


def _changes(cells: "pa.Array") -> np.ndarray:
    """Whether each cell differs from the one before it; True for the first.

    They are compared in their own type, so that integers beyond 2**53 are told apart.
    """
    import pyarrow as pa
    from pyarrow import compute

    nan_too = compute.NullOptions(nan_is_null=True)
    missing = compute.call_function("is_null", [cells], nan_too).to_numpy(zero_copy_only=False)
    differs = compute.call_function("not_equal", [cells[1:], cells[:-1]])
    differs = compute.call_function("coalesce", [differs, pa.scalar(False)])
    either = missing[1:] | missing[:-1]
    changed = np.where(
        either, missing[1:] != missing[:-1], differs.to_numpy(zero_copy_only=False).astype(bool)
    )
    return np.concatenate([[True], changed])
