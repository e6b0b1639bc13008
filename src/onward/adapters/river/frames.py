"""Data frames of any library that narwhals knows: in as rows, out as the caller's own kind."""

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np

from onward.adapters.river.core import Core


def learn(core: Core, X: Any, labels: Sequence[Any]) -> None:
    """Learn from the rows in turn.

    Raises:
        ValueError: X is no data frame, or there are not as many labels as rows.
    """
    frame = opened(X)
    if len(frame) != len(labels):
        raise ValueError(
            f"Expected a label for each of {len(frame)} rows; got {len(labels)}. Try None for one "
            "that is missing."
        )
    if all(dtype.is_numeric() or dtype == nw.Boolean for dtype in frame.schema.values()):
        columns = {name: numbers(frame[name]) for name in frame.columns}
        if core.learn_columns(columns, labels):
            return
    core.learn_rows(frame.iter_rows(named=True), labels)


def predict(core: Core, X: Any) -> Sequence[Any]:
    """What is predicted for each row, as if it were the next one; None each before there is any."""
    frame = opened(X)
    found = core.predict_rows(frame.iter_rows(named=True))
    return [None] * len(frame) if found is None else list(found)


def opened(X: Any) -> Any:
    """A data frame as narwhals has it."""
    try:
        return nw.from_native(X, eager_only=True)
    except TypeError:
        raise ValueError(
            f"Expected a data frame of pandas, polars, pyarrow or another library that narwhals "
            f"knows; got {type(X).__name__}. Try pandas.DataFrame(...)."
        ) from None


def numbers(series: Any) -> np.ndarray:
    """A column of numbers or truth values, NaN where it is missing."""
    whole = series.cast(nw.Float64)
    return np.asarray(whole.fill_null(np.nan).to_numpy(), float)


def column(y: Any) -> list[Any]:
    """Labels in turn, of a series, an array or a list."""
    series = nw.from_native(y, series_only=True, pass_through=True)
    return series.to_list() if isinstance(series, nw.Series) else list(y)


def rows(Y: Any) -> list[Mapping[Any, Any]]:
    """Labels by name in turn, of a data frame or of a list of dicts."""
    return list(Y) if isinstance(Y, list) else list(opened(Y).iter_rows(named=True))


def series(X: Any, values: Sequence[Any]) -> Any:
    """Values as a series of the library that a frame is of, with its index if it has one."""
    frame = opened(X)
    plain = [value.item() if isinstance(value, np.generic) else value for value in values]
    made = nw.new_series("prediction", plain, backend=frame.implementation)
    index = nw.maybe_get_index(frame)
    return (made if index is None else nw.maybe_set_index(made, index=index)).to_native()


def table(X: Any, names: Sequence[Any], values: np.ndarray) -> Any:
    """Columns of values as a frame of the library that a frame is of; there names are text, but
    for pandas, which takes them as they are."""
    frame = opened(X)
    if frame.implementation.is_pandas():
        index = nw.maybe_get_index(frame)
        return frame.implementation.to_native_namespace().DataFrame(values, index, list(names))
    columns = {str(name): values[:, place] for place, name in enumerate(names)}
    return nw.from_dict(columns, backend=frame.implementation).to_native()
