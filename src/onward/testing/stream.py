"""The laws of a stream."""

from dataclasses import fields

import numpy as np

from onward.streams import Chunk, Stream
from onward.testing.base import expect


def check_stream(stream: Stream) -> None:
    """Check that a stream keeps the contract of `onward.streams.Stream`; use it in a test.

    - `info` is hashable and the same at every look; its length and names fit the rows.
    - Rows are float32 of the shapes that `info` says; a label is a finite number, or NaN where
      it is missing (never in all rows); classes are indices into their names.
    - Weights, starts, series and phases are there if `info` names where they come from. Weights
      are float32 and none is below zero; starts are bool, and a sequence begins with the first
      row, and with that of each series. Series and phases are int32, indices into their names in
      the order of their first rows. The rows of the sessions add up to the length.
    - Chunks of any size from any row are the same rows, also after a reader has written into
      the chunks that it was given.
    - A size below 1, or a start beyond the rows, raises ValueError at once.

    Reads the whole stream a dozen times, and once into memory: take a short one.

    Raises:
        AssertionError: what was expected, what came, and what to try.
    """
    expect(
        not isinstance(stream, type) and hasattr(stream, "info") and hasattr(stream, "chunks"),
        f"Expected a stream, with `info` and `chunks`; got {repr(stream)[:60]}. Try "
        "onward.streams.Sine(length=100).",
    )
    _check_info(stream)
    length = stream.info.length
    rows = _whole(stream)
    _check_rows(stream, rows)
    for size in (7, 64, length):
        for start in (0, 1, length // 2, length - 1, length):
            _check_chunks(stream, rows, size, start)
    _check_chunks(stream, rows, 1, max(length - 20, 0))
    for chunk in stream.chunks(64):
        for array in _arrays(chunk).values():
            array[:] = np.array(7).astype(array.dtype)
    expect(
        _same(_whole(stream), rows),
        "Expected the same rows after a reader wrote into its chunks; got others. Try copying "
        "what a chunk is made from.",
    )
    for size, start in ((0, 0), (1, -1), (1, length + 1)):
        _check_refused(stream, size, start)


def _check_info(stream: Stream) -> None:
    info = stream.info
    expect(
        info == stream.info and hash(info) == hash(stream.info),
        "Expected info to be equal at every look; got two that differ. Try making it once.",
    )
    expect(
        info.task in ("regression", "classification") and bool(info.name and info.origin),
        f"Expected a name, an origin and a task, regression or classification; got {info}. Try "
        "filling them in.",
    )
    expect(
        info.length >= 2 and info.horizon >= 0,
        f"Expected a length >= 2 and a horizon >= 0; got {info.length} and {info.horizon}. Try "
        "length=2.",
    )
    expect(
        (info.task == "classification") == bool(info.class_names),
        f"Expected class names for classification and none for regression; got {info.task} with "
        f"{len(info.class_names)} names. Try the other task.",
    )


def _whole(stream: Stream) -> Chunk:
    chunks = list(stream.chunks(stream.info.length))
    expect(
        len(chunks) == 1,
        f"Expected one chunk of all {stream.info.length} rows; got {len(chunks)}. Try counting "
        "the rows that chunks gives for the length.",
    )
    return Chunk(**{name: array.copy() for name, array in _arrays(chunks[0]).items()})


def _arrays(chunk: Chunk) -> dict[str, np.ndarray]:
    """What a chunk has, by name."""
    arrays = {field.name: getattr(chunk, field.name) for field in fields(Chunk)}
    return {name: array for name, array in arrays.items() if array is not None}


def _check_rows(stream: Stream, rows: Chunk) -> None:
    info = stream.info
    wanted = {
        "x": ((info.length, len(info.feature_names)), rows.x),
        "y": ((info.length, len(info.target_names)), rows.y),
    }
    for name, (shape, array) in wanted.items():
        expect(
            array.shape == shape and array.dtype == np.float32,
            f"Expected {name} of shape {shape} (rows, names) in float32; got {array.shape} in "
            f"{array.dtype}. Try one name a column, and astype(numpy.float32).",
        )
    expect(
        rows.time is None or rows.time.shape == (info.length,),
        "Expected a time for each row, or none; got another number. Try time=None.",
    )
    _check_roles(stream, rows)
    missing = np.isnan(rows.y)
    expect(
        not np.isinf(rows.y).any() and not missing.all(),
        "Expected labels that are finite, or NaN where missing; got infinite ones, or none at "
        "all. Try NaN for those that are not known, and another target column.",
    )
    if info.task == "classification":
        known, count = rows.y[~missing], len(info.class_names)
        expect(
            rows.y.shape[1] == 1 and bool(np.isin(known, np.arange(count)).all()),
            f"Expected one column of labels, indices from 0 to {count - 1}; got "
            f"{np.unique(known)[:9]} in {rows.y.shape[1]} columns. Try the index of the class.",
        )


def _check_roles(stream: Stream, rows: Chunk) -> None:
    info = stream.info
    wanted = {
        "weight": (info.weight_name, np.float32, rows.weight),
        "start": (info.start_name, np.bool_, rows.start),
        "series": (info.series_name, np.int32, rows.series),
        "phase": (info.phase_name, np.int32, rows.phase),
    }
    for role, (name, dtype, array) in wanted.items():
        expect(
            (name is None) == (array is None),
            f"Expected info.{role}_name to say where {role} comes from, and None without it; got "
            f"{name!r} with {'none' if array is None else 'one'}. Try {role}_name={role!r}, or "
            f"{role}=None.",
        )
        expect(
            array is None or (array.shape == (info.length,) and array.dtype == dtype),
            f"Expected {role} of shape ({info.length},) in {np.dtype(dtype)}; got "
            f"{getattr(array, 'shape', None)} in {getattr(array, 'dtype', None)}. Try one a row.",
        )
    expect(
        rows.weight is None or not (rows.weight < 0).any(),
        "Expected weights >= 0; got one below. Try 0 for a label that is not to be learnt from.",
    )
    expect(
        rows.start is None or bool(rows.start[0]),
        "Expected a sequence to begin with the first row; got start[0] = False. Try True there.",
    )
    _check_codes("series", info.series_names, rows.series)
    _check_codes("phase", info.phase_names, rows.phase)
    if rows.start is not None and rows.series is not None:
        _, firsts = np.unique(rows.series, return_index=True)
        expect(
            bool(rows.start[firsts].all()),
            "Expected a sequence to begin with the first row of each series; got start = False "
            "there. Try True.",
        )
    expect(
        not info.session_lengths or sum(info.session_lengths) == info.length,
        f"Expected sessions of {info.length} rows in all, or none; got {info.session_lengths[:9]}. "
        "Try session_lengths=().",
    )


def _check_codes(role: str, names: tuple[str, ...], codes: np.ndarray | None) -> None:
    found = np.zeros(0, np.int32)
    if codes is not None:
        values, firsts = np.unique(codes, return_index=True)
        found = values[np.argsort(firsts)]
    expect(
        found.tolist() == list(range(len(names))),
        f"Expected {role} codes 0 to {len(names) - 1}, one a name, in the order of their first "
        f"rows; got {found[:9].tolist()}. Try numbering the names as they come.",
    )


def _check_chunks(stream: Stream, rows: Chunk, size: int, start: int) -> None:
    """Chunks of `size` from row `start` on are those rows of the whole."""
    chunks = list(stream.chunks(size, start))
    lengths, left = [len(chunk.x) for chunk in chunks], stream.info.length - start
    expect(
        lengths == [size] * (left // size) + [left % size] * (left % size > 0),
        f"Expected {left} rows from row {start} on in chunks of {size}, the last one maybe "
        f"shorter; got chunks of {lengths[:9]}. Try cutting rows and not blocks of a file.",
    )
    for position, chunk in enumerate(chunks):
        first = start + position * size
        expect(
            _same(chunk, rows.cut(slice(first, first + size))),
            f"Expected the rows from {first} on to be those of the whole stream; got others in "
            f"chunks of {size} from row {start} on. Try seeding by the row, not by the chunk.",
        )


def _same(one: Chunk, other: Chunk) -> bool:
    arrays, others = _arrays(one), _arrays(other)
    if arrays.keys() != others.keys():
        return False
    try:
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, others[name])
    except AssertionError:
        return False
    return True


def _check_refused(stream: Stream, size: int, start: int) -> None:
    try:
        stream.chunks(size, start)
    except ValueError:
        return
    expect(
        False,
        f"Expected a ValueError for chunks of size {size} from row {start} on, at the call; got "
        "none. Try checking before the first yield, in a function that returns an iterator.",
    )
