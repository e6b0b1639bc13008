"""Turning Arrow arrays of cells into numbers, timestamps and text."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa


DATES = ("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y")
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f")
TIME_FORMS = ("ISO8601", *(date + clock for date in DATES for clock in CLOCKS))


def is_supported(kind: "pa.DataType") -> bool:
    """Return whether cells of this Arrow type can be numbers, truth values, timestamps or text."""
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    return is_text(kind) or is_time(kind) or _is_number(kind) or types.is_boolean(kind)


def is_text(kind: "pa.DataType") -> bool:
    from pyarrow import types

    return types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)


def is_time(kind: "pa.DataType") -> bool:
    from pyarrow import types

    return types.is_timestamp(kind) or types.is_date(kind)


def _is_number(kind: "pa.DataType") -> bool:
    from pyarrow import types

    return (
        types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_null(kind)
    )


def plain(cells: "pa.Array") -> "pa.Array":
    """Return the cells without a dictionary, and text of any layout in the usual one."""
    import pyarrow as pa

    if isinstance(cells, pa.DictionaryArray):
        cells = cells.dictionary_decode()
    return cells.cast(pa.string()) if is_text(cells.type) else cells


def numbers(cells: "pa.Array") -> np.ndarray:
    """Return the cells as float64, shape (rows,): NaN where one is missing or is not a number.

    Truth values become 0 and 1; for those written as text see `truths`.
    """
    import pyarrow as pa
    from pyarrow import types

    if is_text(cells.type):
        return _parsed(cells)
    if types.is_floating(cells.type) or types.is_integer(cells.type):
        return cells.to_numpy(zero_copy_only=False).astype(np.float64)
    return cells.cast(pa.float64()).to_numpy(zero_copy_only=False)


def _parsed(cells: "pa.Array") -> np.ndarray:
    import pyarrow as pa

    try:
        return cells.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        import pandas as pd

        return np.asarray(pd.to_numeric(_series(cells), errors="coerce"), np.float64)


def truths(cells: "pa.Array") -> np.ndarray:
    """Return text cells "true" and "false" (in any case) as 1 and 0, float64; others are NaN."""
    values = {"true": 1.0, "false": 0.0}
    return np.array([values.get(str(cell).lower(), np.nan) for cell in cells.to_pylist()])


def times(cells: "pa.Array", form: str | None) -> np.ndarray:
    """Return the cells as datetime64[us] in UTC, shape (rows,), NaT where there is none.

    Arguments:
        cells: timestamps, dates, or text.
        form: for text, one of `TIME_FORMS`; text of another form is NaT.
    """
    if form is None:
        return cells.to_numpy(zero_copy_only=False).astype("datetime64[us]")
    import pandas as pd

    moments = pd.to_datetime(_series(cells), format=form, utc=True, errors="coerce")
    return moments.dt.tz_localize(None).to_numpy("datetime64[us]")


def time_forms(cell: str) -> tuple[str, ...]:
    """Return the forms in which a text is a timestamp; month first comes before day first."""
    import pyarrow as pa

    if len(cell) < 6 or cell.isalpha():
        return ()
    alone = pa.array([cell])
    return tuple(form for form in TIME_FORMS if not np.isnat(times(alone, form)[0]))


def _series(cells: "pa.Array") -> Any:
    import pandas as pd

    return pd.Series(cells.to_pylist(), dtype=object)
