"""Which settings mattered: known answers, and nothing where nothing does."""

from itertools import pairwise

import numpy as np
import pytest

from onward.sweeps.mattered import mattered
from onward.sweeps.space import Choice, Span

SPACE = {"a": Choice((0, 1)), "b": Choice(("x", "y", "z")), "rate": Span(1e-3, 1.0, log=True)}
RANDOM = np.random.default_rng(0)
POINTS = [
    {"a": int(a), "b": "xyz"[b], "rate": float(rate)}
    for a, b, rate in zip(
        RANDOM.integers(2, size=300),
        RANDOM.integers(3, size=300),
        10 ** RANDOM.uniform(-3, 0, 300),
        strict=True,
    )
]


def test_what_decides_alone_has_the_whole_share() -> None:
    scores = [{"x": 0.1, "y": 0.9, "z": 0.5}[point["b"]] for point in POINTS]
    first, *others = mattered(SPACE, POINTS, scores)
    assert first["setting"] == "b" and first["share"] == pytest.approx(1.0)
    assert [value["median"] for value in first["values"]] == [0.1, 0.9, 0.5]
    assert sum(value["runs"] for value in first["values"]) == 300
    assert all(one["share"] < 0.02 for one in others)


def test_a_range_is_taken_in_groups_and_noise_is_no_share() -> None:
    scores = [-abs(np.log10(point["rate"]) + 1.5) for point in POINTS]
    first = mattered(SPACE, POINTS, scores)[0]
    assert first["setting"] == "rate" and 0.6 < first["share"] < 0.95
    assert [value["runs"] for value in first["values"]] == [75] * 4
    ends = [(value["low"], value["high"]) for value in first["values"]]
    assert all(one[1] == other[0] for one, other in pairwise(ends))
    noise = mattered(SPACE, POINTS, list(RANDOM.normal(size=300)))
    assert all(one["share"] < 0.03 for one in noise)


def test_chance_is_taken_off_where_runs_are_few() -> None:
    space, points = {"b": SPACE["b"]}, [{"b": b} for b in "xyz" for _ in range(4)]
    shares = [mattered(space, points, list(RANDOM.normal(size=12)))[0]["share"] for _ in range(300)]
    # Chance alone puts 2/11 between three values of twelve runs.
    assert np.mean(shares) < 0.6 * 2 / 11


def test_runs_that_go_wrong_weigh_no_more_than_others() -> None:
    scores = [float(point["a"]) + 1e-6 * i for i, point in enumerate(POINTS)]
    usual = mattered(SPACE, POINTS, scores)[0]["share"]
    worst = [*scores[:-2], -1e12, None]
    assert mattered(SPACE, POINTS, worst)[0]["share"] == pytest.approx(usual, abs=0.06)


def test_one_run_a_value_tells_nothing() -> None:
    found = mattered({"a": SPACE["a"]}, [{"a": 0}, {"a": 1}], [0.1, 0.9])
    assert found[0]["share"] is None
    (alike,) = mattered({"a": SPACE["a"]}, [{"a": 0}] * 3, [0.5] * 3)
    assert alike["share"] is None and alike["values"] == [{"value": 0, "runs": 3, "median": 0.5}]
