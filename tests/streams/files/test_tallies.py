"""What is learnt in pieces is what is learnt at once."""

from collections import Counter

import numpy as np
import pytest

from onward.streams.files.tallies import Distinct, Ends, different

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_ends_and_their_counts(size: int) -> None:
    values = RANDOM.integers(-20, 20, 1000).astype(float)
    ends = Ends()
    for start in range(0, 1000, size):
        ends.add(*different(values[start : start + size]))
    counts = sorted(Counter(values.tolist()).items())
    assert ends.bottom == tuple(counts[:3])
    assert ends.top == tuple(counts[:-4:-1])


def test_distinct_values_in_order_and_as_they_appeared() -> None:
    distinct = Distinct()
    for piece in (["b", "a"], ["c", "b"]):
        distinct.add(piece)
    assert distinct.in_order() == ("a", "b", "c") and distinct.as_appeared() == ("b", "a", "c")
    distinct.add(map(str, range(100)))
    assert distinct.in_order() is None and distinct.count == 101
