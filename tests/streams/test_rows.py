from collections.abc import Sequence

import numpy as np
import pytest

from onward.streams import Chunk
from onward.streams.rows import rechunk


def pieces(lengths: Sequence[int], with_time: bool) -> list[Chunk]:
    rows = np.arange(sum(lengths), dtype=np.float32)[:, None]
    cuts = np.cumsum(lengths)[:-1]
    return [Chunk(part, -part, part[:, 0] if with_time else None) for part in np.split(rows, cuts)]


@pytest.mark.parametrize("lengths", [(10,), (1, 1, 1), (3, 0, 8, 2), (5, 5), ()])
@pytest.mark.parametrize("size", [1, 3, 5, 40])
@pytest.mark.parametrize("with_time", [True, False])
def test_pieces_of_any_sizes_become_chunks_of_one(
    lengths: tuple[int, ...], size: int, with_time: bool
) -> None:
    chunks = list(rechunk(pieces(lengths, with_time), size))
    assert all(len(chunk.x) == size for chunk in chunks[:-1])
    joined = [value for chunk in chunks for value in chunk.x[:, 0]]
    assert joined == list(range(sum(lengths)))
    for chunk in chunks:
        assert 0 < len(chunk.x) <= size
        np.testing.assert_array_equal(chunk.y, -chunk.x)
        assert (chunk.time is not None) == with_time
