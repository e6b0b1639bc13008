"""What holds for every stream."""

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import pytest

from matrix import left
from onward.streams import Chunk, Sine, Stream, StreamError, StreamInfo

from .catalogue import STREAMS


@pytest.fixture(params=STREAMS, scope="module")
def stream(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stream:
    return STREAMS[request.param](tmp_path_factory.mktemp("files"))


def whole(stream: Stream) -> Chunk:
    (chunk,) = stream.chunks(stream.info.length)
    return chunk


def assert_restarts_exactly(stream: Stream, size: int, *starts: int) -> None:
    """The rows from each start on, in chunks of `size`, are those of the whole stream."""
    expected = whole(stream)
    for start in starts:
        assert_goes_on_as(expected, stream, size, start)


def assert_goes_on_as(expected: Chunk, stream: Stream, size: int, start: int) -> None:
    chunks = list(stream.chunks(size, start))
    lengths = [len(chunk.x) for chunk in chunks]
    assert sum(lengths) == stream.info.length - start
    assert all(length == size for length in lengths[:-1])
    assert not chunks or 0 < lengths[-1] <= size
    for name in (field.name for field in fields(Chunk)):
        parts = [getattr(chunk, name) for chunk in chunks]
        rows = getattr(expected, name)
        if rows is None:
            assert all(part is None for part in parts)
        elif parts:
            np.testing.assert_array_equal(np.concatenate(parts), rows[start:])


@pytest.mark.parametrize("size", [7, left(64), left(1013), 100_000])
def test_any_start_gives_the_same_rows(stream: Stream, size: int) -> None:
    length = stream.info.length
    starts = 0, 1, 13, length // 2 + 3, length - 1, length
    assert_restarts_exactly(stream, size, *starts)


def test_one_row_at_a_time_gives_the_same_rows(stream: Stream) -> None:
    assert_restarts_exactly(stream, 1, stream.info.length - 40)


def test_rows_have_the_shapes_and_types_of_the_contract(stream: Stream) -> None:
    info, rows = stream.info, whole(stream)
    assert rows.x.shape == (info.length, len(info.feature_names))
    assert rows.y.shape == (info.length, len(info.target_names))
    assert rows.x.dtype == rows.y.dtype == np.float32
    assert rows.time is None or rows.time.shape == (info.length,)
    assert info.name and info.origin and info.length >= 2 and info.horizon >= 0
    assert hash(info) == hash(stream.info)
    assert (rows.weight is None) == (info.weight_name is None)
    assert rows.weight is None or rows.weight.dtype == np.float32
    assert (rows.start is None) == (info.start_name is None)
    assert rows.start is None or (rows.start.dtype == bool and rows.start[0])
    for codes, name, names in (
        (rows.series, info.series_name, info.series_names),
        (rows.phase, info.phase_name, info.phase_names),
    ):
        assert (codes is None) == (name is None) == (not names)
        if codes is not None:
            assert codes.dtype == np.int32
            assert list(dict.fromkeys(codes.tolist())) == list(range(len(names)))
    assert sum(info.session_lengths) in (0, info.length)


def test_classes_are_indices_into_their_names(stream: Stream) -> None:
    info, labels = stream.info, whole(stream).y
    if info.task == "regression":
        assert info.class_names == ()
        return
    assert labels.shape[1] == 1
    known = labels[~np.isnan(labels)]
    assert set(known.astype(int)) == set(range(len(info.class_names)))


def test_a_reader_cannot_alter_the_stream(stream: Stream) -> None:
    before = whole(stream)
    for chunk in stream.chunks(50):
        chunk.x[:] = 7.0
        chunk.y[:] = 7.0
    np.testing.assert_array_equal(whole(stream).x, before.x)
    np.testing.assert_array_equal(whole(stream).y, before.y)


def test_a_stream_left_in_the_middle_can_be_read_again(stream: Stream) -> None:
    first = next(iter(stream.chunks(5)))
    np.testing.assert_array_equal(next(iter(stream.chunks(5))).x, first.x)


def test_a_bad_size_or_start_is_refused_at_once(stream: Stream) -> None:
    length = stream.info.length
    with pytest.raises(StreamError, match=r"^Expected a chunk size of at least 1 row; got 0; try"):
        stream.chunks(0)
    for start in (-1, length + 1):
        message = rf"^Expected a start from 0 to {length}; got {start}; try start=0\.$"
        with pytest.raises(StreamError, match=message):
            stream.chunks(10, start)


class ForgetsItsStart:
    """A broken stream, for the negative control: it counts the start in chunks."""

    @property
    def info(self) -> StreamInfo:
        return Sine(length=100).info

    def chunks(self, size: int, start: int = 0) -> Iterator[Chunk]:
        return Sine(length=100).chunks(size, start - start % size)


def test_the_law_of_restarts_can_fail() -> None:
    assert_restarts_exactly(ForgetsItsStart(), 10, 20)
    with pytest.raises(AssertionError):
        assert_restarts_exactly(ForgetsItsStart(), 10, 25)
