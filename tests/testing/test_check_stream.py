"""`check_stream` passes on our streams and fails on planted faults, in words."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from onward.streams import Chunk, Cortex, Sine, StreamError, StreamInfo, from_arrays
from onward.testing import check_stream


@pytest.mark.parametrize(
    "stream", [Sine(length=101), Cortex(length=101)], ids=lambda s: s.info.name
)
def test_our_streams_pass(stream) -> None:
    check_stream(stream)


class Planted:
    """A stream of numbers with a fault of choice."""

    def __init__(self, fault: str = "", **info):
        self.fault, self.changed = fault, info
        random = np.random.default_rng(0)
        self.x = random.normal(size=(90, 2)).astype(np.float32)
        self.y = (random.random((90, 1)) < 0.5).astype(np.float32)
        self.y[5] = np.nan

    @property
    def info(self) -> StreamInfo:
        base = StreamInfo(
            "planted", "classification", ("a", "b"), ("y",), ("no", "yes"), 90, "ours"
        )
        return dataclasses.replace(base, **self.changed)

    def rows(self, size: int, start: int) -> Iterator[Chunk]:
        if self.fault == "start":
            start -= start % size
        x, y = self.x, self.y
        if self.fault == "wide":
            x = x.astype(np.float64)
        if self.fault == "infinite":
            y = np.where(np.isnan(y), np.float32(np.inf), y)
        if self.fault == "classes":
            y = y + 1
        if self.fault == "noise":
            x = x + np.random.default_rng(size).normal(size=x.shape).astype(np.float32)
        for first in range(start, 90, size):
            part = slice(first, first + size)
            copied = x[part] if self.fault == "views" else x[part].copy()
            rows = Chunk(copied, y[part].copy())
            if self.info.weight_name or self.info.start_name:
                weight = np.ones(90, np.float32)
                begins = np.arange(90) % 9 == 0
                if self.fault == "heavy":
                    weight = weight.astype(np.float64)
                if self.fault == "negative":
                    weight[70] = -1
                if self.fault == "nothing begins":
                    begins[0] = False
                if self.fault == "chunks begin":
                    begins[first] = True
                if self.fault == "start of numbers":
                    begins = begins.astype(int)
                rows = dataclasses.replace(rows, weight=weight[part], start=begins[part])
            if self.info.series_name:
                codes = (np.arange(90) * 7 % 10 % 3).astype(np.int32)
                if self.fault == "wide codes":
                    codes = codes.astype(np.int64)
                if self.fault == "codes by value":
                    codes = 2 - codes
                rows = dataclasses.replace(rows, series=codes[part], phase=codes[part].copy())
            yield rows

    def chunks(self, size: int, start: int = 0) -> Iterator[Chunk]:
        if self.fault != "lenient" and (size < 1 or not 0 <= start <= 90):
            raise StreamError("Expected a chunk size and a start; got others.")
        return self.rows(max(size, 1), start)


BOTH = {"start_name": "s", "weight_name": "w"}
ABC = ("a", "b", "c")
CODES = {"series_name": "s", "series_names": ABC, "phase_name": "p", "phase_names": ABC}
STREAM_FAULTS = [
    (Planted("start"), r"^Expected 89 rows from row 1 on in chunks of 7"),
    (Planted("wide"), r"^Expected x of shape \(90, 2\) .* in float32; got .* in float64"),
    (Planted("infinite"), r"^Expected labels that are finite, or NaN where missing"),
    (Planted("classes"), r"^Expected one column of labels, indices from 0 to 1; got \[1\. 2\.\]"),
    (Planted("noise"), r"^Expected the rows from 0 on to be those of the whole stream; got others"),
    (Planted("views"), r"^Expected the same rows after a reader wrote into its chunks"),
    (Planted("lenient"), r"^Expected a ValueError for chunks of size 0 from row 0 on"),
    (Planted(length=91), r"^Expected x of shape \(91, 2\) "),
    (Planted(length=40), r"^Expected one chunk of all 40 rows; got 3\."),
    (Planted(feature_names=("a",)), r"^Expected x of shape \(90, 1\) \(rows, names\)"),
    (Planted(class_names=()), r"^Expected class names for classification and none for regress"),
    (Planted(origin=""), r"^Expected a name, an origin and a task"),
    (Planted("heavy", **BOTH), r"^Expected weight of shape \(90,\) in float32; got \(90,\) in flo"),
    (Planted("negative", **BOTH), r"^Expected weights >= 0; got one below\. Try 0 for"),
    (Planted("nothing begins", **BOTH), r"^Expected a sequence to begin with the first row; got"),
    (Planted("chunks begin", **BOTH), r"^Expected the rows from 7 on to be those of the whole st"),
    (
        Planted("start of numbers", **BOTH),
        r"^Expected start of shape \(90,\) in bool; got .* in int",
    ),
    (Planted(start_name="s"), r"^Expected info\.weight_name to say where weight comes from"),
    (Planted(weight_name="w"), r"^Expected info\.start_name to say where start comes from"),
    (Planted("wide codes", **CODES), r"^Expected series of shape .* in int32; got .* in int64"),
    (Planted("codes by value", **CODES), r"^Expected series codes 0 to 2, one a name, in the ord"),
    (Planted(**CODES | {"phase_names": ("a", "b")}), r"^Expected phase codes 0 to 1, one a name"),
    (Planted(**CODES, **BOTH), r"^Expected a sequence to begin with the first row of each series"),
    (Planted(phase_name="p"), r"^Expected info\.phase_name to say where phase comes from"),
    (Planted(series_names=("a",)), r"^Expected series codes 0 to 0, one a name"),
    (Planted(session_lengths=(50, 39)), r"^Expected sessions of 90 rows in all, or none; got"),
    (Planted(horizon=-1), r"^Expected a length >= 2 and a horizon >= 0; got 90 and -1"),
]


@pytest.mark.parametrize(
    ("stream", "message"), STREAM_FAULTS, ids=[m[:40] for _, m in STREAM_FAULTS]
)
def test_a_stream_with_a_fault_does_not(stream, message) -> None:
    check_stream(Planted())
    check_stream(Planted(**BOTH))
    check_stream(Planted(**CODES, session_lengths=(50, 40)))
    with pytest.raises(AssertionError, match=message):
        check_stream(stream)


@pytest.mark.parametrize("given", [3, Sine, "sine"])
def test_what_is_no_stream_is_told_so(given) -> None:
    with pytest.raises(AssertionError, match="Expected a stream, with `info` and `chunks`; got"):
        check_stream(given)


def test_a_stream_with_timestamps_passes() -> None:
    when = np.datetime64("2024-01-01") + np.arange(30).astype("timedelta64[h]")
    check_stream(from_arrays(np.arange(30) / 7, np.arange(30) / 3, when))
