from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from onward.streams import Chunk, StreamError, fingerprint_of, from_arrays, from_table

ROWS = 40
RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "when": pd.date_range("2024-01-01", periods=ROWS, freq="h"),
        "a": RANDOM.normal(size=ROWS),
        "y": RANDOM.normal(size=ROWS),
        "w": RANDOM.random(ROWS),
        "s": RANDOM.integers(0, 3, ROWS).astype(str),
    }
)
ROLES = {"weight": "w", "series": "s", "start": "s"}


class Cut:
    """A stream that gives its chunks in other sizes than asked for."""

    def __init__(self, stream, size: int):
        self.stream, self.size, self.info = stream, size, stream.info

    def chunks(self, size: int, start: int = 0) -> Iterator[Chunk]:
        return self.stream.chunks(self.size, start)


def test_it_does_not_depend_on_the_chunks() -> None:
    stream = from_table(FRAME, "y", **ROLES)
    for rows in (0, 1, 7, 39, 40):
        assert len({fingerprint_of(Cut(stream, size), rows) for size in (1, 3, 7, 100)}) == 1
        assert 0 <= fingerprint_of(stream, rows) < 2**64


def test_rows_after_it_do_not_count_and_all_before_do() -> None:
    stream = from_table(FRAME, "y", **ROLES)
    longer = from_table(pd.concat([FRAME, FRAME.iloc[-3:]]), "y", **ROLES)
    assert fingerprint_of(stream, ROWS) == fingerprint_of(longer, ROWS)
    assert fingerprint_of(stream, ROWS) != fingerprint_of(longer, ROWS + 1)
    assert len({fingerprint_of(stream, rows) for rows in range(ROWS + 1)}) == ROWS + 1


@pytest.mark.parametrize("column", ["when", "a", "y", "w", "s"])
def test_each_column_counts(column: str) -> None:
    changed = FRAME.copy()
    changed.loc[17, column] = changed.loc[[18], column].to_numpy()[0]
    if column == "s":
        changed.loc[17, column] = {"0": "1"}.get(FRAME.loc[17, "s"], "0")
    one, other = (from_table(frame, "y", **ROLES) for frame in (FRAME, changed))
    assert fingerprint_of(one, 17) == fingerprint_of(other, 17)
    assert fingerprint_of(one, 18) != fingerprint_of(other, 18)


class Holding(Cut):
    """A stream whose only feature is always the same."""

    def __init__(self, stream, x: np.ndarray):
        super().__init__(stream, ROWS)
        self.x = x

    def chunks(self, size: int, start: int = 0) -> Iterator[Chunk]:
        for chunk in super().chunks(size, start):
            yield replace(chunk, x=np.full_like(chunk.x, self.x))


def test_any_nan_is_the_same() -> None:
    odd = np.array([0x7FC00001, 0x7FC00000, 0xFFC00000], np.uint32).view(np.float32)
    assert np.isnan(odd).all()
    stream = from_arrays(FRAME["a"], FRAME["y"])
    assert len({fingerprint_of(Holding(stream, nan), ROWS) for nan in odd}) == 1
    assert len({fingerprint_of(Holding(stream, x), ROWS) for x in (odd[0], 0.0)}) == 2


def test_more_rows_than_there_are_is_refused() -> None:
    stream = from_table(FRAME, "y")
    for rows in (-1, ROWS + 1):
        with pytest.raises(StreamError, match=f"^Expected from 0 to 40 rows; got {rows}; try"):
            fingerprint_of(stream, rows)
