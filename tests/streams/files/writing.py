"""Small files, written and read."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from onward.streams import Chunk, StreamError, StreamInfo, open_file


def write(folder: Path, text: str | bytes, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def write_frame(folder: Path, frame: pd.DataFrame, ending: str, name: str = "data") -> Path:
    """Write a table as a file of any kind."""
    path = folder / f"{name}.{ending}"
    if ending == "npz":
        arrays = {name: frame[name].to_numpy() for name in frame.columns}
        text = {name: a.astype(str) for name, a in arrays.items() if a.dtype.kind == "O"}
        np.savez(path, **arrays | text)
    elif ending == "parquet":
        frame.to_parquet(path, index=False, row_group_size=5)
    else:
        frame.to_csv(path, index=False)
    return path


def table(folder: Path, separator: str = ",", **columns: Iterable) -> Path:
    """Write columns, of which the one named `y` is added: 0.5, 1.5, ..."""
    rows = [tuple(map(str, row)) for row in zip(*columns.values(), strict=True)]
    if "y" not in columns:
        columns = {**columns, "y": ()}
        mark = "," if separator == ";" else "."
        rows = [(*row, f"{number}{mark}5") for number, row in enumerate(rows)]
    lines = [tuple(columns), *rows]
    return write(folder, "".join(separator.join(line) + "\n" for line in lines))


def read(path: Path, target: str = "y", **options) -> tuple[StreamInfo, Chunk]:
    stream = open_file(path, target, **options)
    (chunk,) = stream.chunks(stream.info.length)
    return stream.info, chunk


def message_of(path: Path, target: str = "y", **options) -> str:
    with pytest.raises(StreamError) as error:
        open_file(path, target, **options)
    return str(error.value)
