"""What is learnt in pieces is what is learnt at once."""

from collections import Counter

import numpy as np
import pytest

from onward.streams.files.steps import MOST_STEPS, StepTally
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


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_steps(size: int) -> None:
    lengths = RANDOM.permutation(np.arange(1, 1000.0))
    lengths[::3] *= -1
    values, rows = np.cumsum(np.concatenate([[0], lengths])), np.arange(1, 1001)
    for sign in (1, -1):
        tally = StepTally(sign)
        for start in range(0, 1000, size):
            tally.add(values[start : start + size], rows[start : start + size])
        steps, found = lengths * sign, tally.found()
        assert found is not None and tally.count == np.sum(steps > 0)
        assert found.median == np.median(steps[steps > 0])
        assert found.shortest == steps[steps > 0].min() and found.longest == steps.max()
        assert found.row == steps.argmax() + 2


def test_the_sample_of_many_steps_is_even() -> None:
    """Of steps that grow, each time as many lie between two of the sample."""
    values, tally = np.cumsum(np.arange(5.0 * MOST_STEPS)), StepTally(1)
    for start in range(0, len(values), 999):
        tally.add(values[start : start + 999], np.arange(999))
    found = tally.found()
    assert found is not None
    assert found.median == pytest.approx(2.5 * MOST_STEPS, abs=8)


def test_distinct_values_in_order_and_as_they_appeared() -> None:
    distinct = Distinct()
    for piece in (["b", "a"], ["c", "b"]):
        distinct.add(piece)
    assert distinct.in_order() == ("a", "b", "c") and distinct.as_appeared() == ("b", "a", "c")
    distinct.add(map(str, range(100)))
    assert distinct.in_order() is None and distinct.count == 101
