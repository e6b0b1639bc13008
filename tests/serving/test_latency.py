"""Percentiles from a histogram that never grows."""

import math
import sys

import numpy as np
import pytest

from onward.serving import Latency


def test_a_percentile_is_never_below_the_true_one_and_little_above() -> None:
    waited = 10 ** np.random.default_rng(0).uniform(-5.5, 1.5, 5_000)
    latency = Latency()
    for seconds in waited:
        latency.add(float(seconds))
    for percent in (1, 50, 90, 99, 99.9, 100):
        true = float(np.quantile(waited, percent / 100, method="inverted_cdf"))
        assert true * (1 - 1e-12) <= latency.percentile(percent) <= true * 1.038
    assert latency.percentile(100) == waited.max()


def test_a_summary_tells_of_the_machine_too() -> None:
    latency = Latency()
    assert all(math.isnan(latency.summary()[name]) for name in ("mean", "p50", "p99", "max"))
    for seconds in (1e-9, 2e-3, 1e4):
        latency.add(seconds)
    found = latency.summary()
    assert found["count"] == 3 and found["max"] == 1e4
    assert found["mean"] == pytest.approx((2e-3 + 1e4) / 3)
    assert found["p50"] == pytest.approx(2e-3, rel=0.038) and found["load"] >= 0
    assert found["p99"] == 1e4 and latency.percentile(0) == 1e-6


def test_its_memory_does_not_grow() -> None:
    latency = Latency()

    def size() -> int:
        return sum(sys.getsizeof(part) for part in (vars(latency), latency._counts))

    before = size()
    for count in range(10_000):
        latency.add(count * 1e-5)
    assert size() == before


def test_what_is_no_percentage_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected 0 <= percent <= 100; got 101. Try percent=99."):
        Latency().percentile(101)
