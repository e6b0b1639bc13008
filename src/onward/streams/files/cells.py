"""Turning Arrow arrays of cells into numbers, timestamps and text."""

from typing import TYPE_CHECKING, Any

import numpy as np

from onward.streams.files.time_numbers import epoch_moments, is_epoch, written_moments

if TYPE_CHECKING:
    import pyarrow as pa

# What these words mean is "missing", among values that are no words. In lower case.
WORDS = ("na", "n/a", "nan", "-nan", "null", "none", "<na>", "nat")
NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$|^[+-]?(?i:inf|infinity)$"


def is_supported(kind: "pa.DataType") -> bool:
    """Return whether cells of this Arrow type can be numbers, truth values, timestamps or text."""
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    known = is_text(kind) or is_time(kind) or is_number(kind)
    return known or types.is_boolean(kind) or types.is_time(kind)


def is_text(kind: "pa.DataType") -> bool:
    from pyarrow import types

    return types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)


def is_time(kind: "pa.DataType") -> bool:
    from pyarrow import types

    return types.is_timestamp(kind) or types.is_date(kind)


def is_number(kind: "pa.DataType") -> bool:
    from pyarrow import types

    return (
        types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_null(kind)
    )


def plain(cells: "pa.Array") -> "pa.Array":
    """Return the cells without a dictionary, and text of any layout in the usual one.

    Times of day become text.
    """
    import pyarrow as pa
    from pyarrow import types

    if cells.type == pa.string():
        return cells
    if isinstance(cells, pa.DictionaryArray):
        cells = cells.dictionary_decode()
    wanted = is_text(cells.type) or types.is_time(cells.type)
    return cells.cast(pa.string()) if wanted else cells


def matches(cells: "pa.Array", pattern: str) -> "pa.Array":
    """Return which text cells hold what a regular expression asks for."""
    from pyarrow import compute

    options = compute.MatchSubstringOptions(pattern)
    return compute.call_function("match_substring_regex", [cells], options)


def replaced(cells: "pa.Array", pattern: str, text: str) -> "pa.Array":
    """Return text cells with a text in place of all that a regular expression asks for."""
    from pyarrow import compute

    options = compute.ReplaceSubstringOptions(pattern, text)
    return compute.call_function("replace_substring_regex", [cells], options)


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


def all_numbers(cells: "pa.Array") -> np.ndarray:
    """Return text cells as `numbers` does; raises ArrowInvalid where one is no number."""
    import pyarrow as pa

    return cells.cast(pa.float64()).to_numpy(zero_copy_only=False)


def _parsed(cells: "pa.Array") -> np.ndarray:
    import pyarrow as pa
    from pyarrow import compute

    try:
        return all_numbers(cells)
    except pa.ArrowInvalid:
        nothing = pa.scalar(None, pa.string())
        fitting = compute.call_function("if_else", [matches(cells, NUMBER), cells, nothing])
        return fitting.cast(pa.float64()).to_numpy(zero_copy_only=False)


def truths(cells: "pa.Array") -> np.ndarray:
    """Return text cells "true" and "false" (in any case) as 1 and 0, float64; others are NaN."""
    import pyarrow as pa
    from pyarrow import compute

    lower = compute.call_function("utf8_lower", [cells])
    options = compute.SetLookupOptions(pa.array(["false", "true"]))
    index = compute.call_function("index_in", [lower], options)
    return index.to_numpy(zero_copy_only=False).astype(np.float64)


def mean_missing(cells: "pa.Array") -> np.ndarray:
    """Return which text cells are a word for "missing", bool, shape (rows,)."""
    import pyarrow as pa
    from pyarrow import compute

    lower = compute.call_function("utf8_lower", [cells])
    options = compute.SetLookupOptions(pa.array(WORDS))
    return compute.call_function("is_in", [lower], options).to_numpy(zero_copy_only=False)


def times(cells: "pa.Array", form: str | None) -> np.ndarray:
    """Return the cells as datetime64[us] in UTC, shape (rows,), NaT where there is none.

    Arguments:
        cells: timestamps, dates, text, or numbers.
        form: for text, one of `moment_forms`; for numbers, and text that is numbers, one of those
            of `time_numbers`. Cells of another form are NaT.
    """
    if form is None:
        return cells.to_numpy(zero_copy_only=False).astype("datetime64[us]")
    if is_epoch(form):
        return epoch_moments(_whole_or_float(cells), form)
    if not is_text(cells.type):
        return written_moments(numbers(cells), form)
    return _moments(cells, form)


def clocks(cells: "pa.Array", form: str) -> np.ndarray:
    """Return times of day written as text in a form as timedelta64[us] since midnight."""
    moments = _moments(cells, form)
    return moments - moments.astype("datetime64[D]")


def _moments(cells: "pa.Array", form: str) -> np.ndarray:
    import pandas as pd

    series: Any = pd.Series(cells.to_pylist(), dtype=object)
    moments = pd.to_datetime(series, format=form, utc=True, errors="coerce")
    return moments.dt.tz_localize(None).to_numpy("datetime64[us]")


def _whole_or_float(cells: "pa.Array") -> np.ndarray:
    """Integers in their own type, as nanoseconds are more than float64 holds; else float64."""
    from pyarrow import types

    if types.is_integer(cells.type) and not cells.null_count:
        return cells.to_numpy(zero_copy_only=False)
    return numbers(cells)
