"""Intervals around predictions: their formula, what they hold, and what a frozen one does not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward import AdaptiveConformal
from onward.intervals import Issued
from onward.wrapping.bands import Bands

ROWS = 4_000


def reference(errors, level=0.9, first=10, delay=0):
    """The documented recursion on errors alone, label by label, in float64; NaN for no interval."""
    count, size, centre, width = 0, 0.0, 0.0, None
    z = {0.9: 1.6448536269514722, 0.5: 0.6744897501960817}[level]
    width = np.log(1.2 * z * np.sqrt(np.pi / 2))
    ends = np.full((len(errors) + delay, 2), np.nan)
    widths, steps = [width], []
    for row, error in enumerate(errors):
        if not delay and count >= first:
            ends[row] = size * (centre - np.exp(width)), size * (centre + np.exp(width))
        if np.isfinite(error) and row >= delay:
            low, high = ends[row]
            if np.isfinite(low):
                step = min(max(3 / np.sqrt(count - first + 1), 0.03), 0.35 / max(delay, 1))
                above, below = float(error > high), float(error < low)
                centre += 0.2 * step * np.exp(width) * (above - below)
                width = np.clip(width + step * (above + below - (1 - level)), -5, 20)
                steps.append(step)
                widths.append(width)
            near = abs(error) if count < first or size == 0 else min(abs(error), 10 * size)
            if near > 0:
                size = near if size == 0 else size + (near - size) / min(count + 1, 50)
            count += 1
        if delay and count >= first:
            there = row + delay
            ends[there] = size * (centre - np.exp(width)), size * (centre + np.exp(width))
    return ends[: len(errors)], np.array(widths), np.array(steps)


def found(errors, delay=0, dtype: type = np.float64, **settings):
    """The ends of the intervals by the row of their label, less the prediction, which is 0."""
    bands = Bands(AdaptiveConformal(**settings), 1, dtype, delay)
    labels = np.asarray(errors, dtype)[:, None]
    _, low, high = bands.run(bands.init(), np.zeros_like(labels), labels)
    ends = np.concatenate([np.full((delay, 2), np.nan), np.concatenate([low, high], axis=1)])
    return ends[: len(labels)].astype(dtype)


def coverage(errors, ends):
    """The share of the labels with an interval that lie within, in each quarter of the rows."""
    inside = (errors >= ends[:, 0]) & (errors <= ends[:, 1])
    told = np.isfinite(errors) & np.isfinite(ends[:, 0])
    quarters = zip(np.array_split(inside, 4), np.array_split(told, 4), strict=True)
    return np.array([one[known].mean() for one, known in quarters])


def random():
    return np.random.default_rng(3)


def walk(steps):
    values = np.zeros(len(steps))
    for row in range(1, len(steps)):
        values[row] = 0.95 * values[row - 1] + steps[row]
    return values


STREAMS = {
    "normal": random().normal(size=ROWS),
    "heavy tails": random().standard_cauchy(size=ROWS),
    "skewed": random().exponential(size=ROWS),
    "a thousand times larger and back": random().normal(size=ROWS)
    * np.repeat([1.0, 1e3, 1.0, 1e-3], ROWS // 4),
    "periodic": random().normal(size=ROWS) * (1.2 + np.sin(np.arange(ROWS) * np.pi / 12)),
    "drifting": random().normal(size=ROWS) + np.arange(ROWS) / 200,
    "that hang together": walk(random().normal(size=ROWS)),
    "mostly zero": random().normal(size=ROWS) * (random().random(ROWS) < 0.3),
}


@pytest.mark.parametrize(
    ("level", "delay"),
    [left(0.9, 0), left(0.9, 1), (0.9, 7), (0.5, 0), left(0.5, 1), left(0.5, 7)],
)
def test_intervals_are_those_of_the_recursion(level: float, delay: int) -> None:
    for name in ("normal", "mostly zero", "a thousand times larger and back"):
        errors = STREAMS[name][:1_500].copy()
        errors[[3, 90, 91, 700]] = np.nan
        expected, *_ = reference(errors, level, delay=delay)
        assert np.isnan(expected[:10]).all() and np.isfinite(expected[14 + 2 * delay :]).all()
        np.testing.assert_allclose(found(errors, delay, level=level), expected, rtol=1e-9)


@pytest.mark.parametrize("delay", [0, 1, 24])
@pytest.mark.parametrize("name", STREAMS)
def test_every_quarter_holds_its_share(name: str, delay: int) -> None:
    errors = STREAMS[name]
    share = coverage(errors, found(errors, delay, np.float32))
    # The step is small where labels are late: in so few rows it does not come far.
    near = 0.02 if delay < 24 else 0.06
    np.testing.assert_allclose(share, 0.9, atol=near)


def test_a_quantile_that_stands_still_does_not() -> None:
    for name in ("a thousand times larger and back", "drifting"):
        errors = STREAMS[name]
        ends = np.tile(np.quantile(errors[: ROWS // 4], [0.05, 0.95]), (ROWS, 1))
        assert abs(coverage(errors, ends)[0] - 0.9) < 0.01
        assert abs(coverage(errors, ends)[1] - 0.9) > 0.3


def test_intervals_are_little_wider_than_those_of_one_who_knows() -> None:
    for name in ("normal", "skewed", "periodic"):
        errors = STREAMS[name]
        ends = found(errors)[ROWS // 4 :]
        least, most = np.quantile(errors, [0.05, 0.95])
        assert 0.9 < np.diff(ends).mean() / (most - least) < 1.1


def test_misses_lie_on_both_sides_of_a_skewed_error() -> None:
    errors, ends = STREAMS["skewed"], found(STREAMS["skewed"])
    assert 0.035 < (errors > ends[:, 1])[100:].mean() < 0.065
    assert 0.035 < (errors < ends[:, 0])[100:].mean() < 0.065


@pytest.mark.parametrize("delay", [0, 5])
@pytest.mark.parametrize("name", STREAMS)
def test_misses_keep_within_the_bound_whatever_the_labels_are(name: str, delay: int) -> None:
    _, widths, steps = reference(STREAMS[name], delay=delay)
    ends = found(STREAMS[name], delay)
    told = np.isfinite(ends[:, 0])
    missed = ((STREAMS[name] < ends[:, 0]) | (STREAMS[name] > ends[:, 1]))[told]
    for labels in (50, 500, len(steps)):
        seen = widths[: labels + 1]
        bound = (seen.max() - seen.min()) / steps[labels - 1]
        excess = missed[:labels].sum() - 0.1 * labels
        assert excess <= bound + 1e-6
        assert excess >= -bound - 1e-6 or seen.min() == -5


def test_a_rival_who_knows_the_interval_cannot_make_it_miss_more() -> None:
    """Each label lies just outside of its interval, up to a hundred times where errors began."""
    interval = AdaptiveConformal()
    state = interval.init(1, jnp.float64)
    update, ready = jax.jit(interval.update), jax.jit(interval.ready)
    here, yes = jnp.zeros(1), jnp.ones(1, bool)
    misses, told = 0, 0
    for row in range(600):
        low, high = interval.interval(state, here)
        given = ready(state)
        label = jnp.where(given & (high < 100), high * 1.01 + 1e-3, 1.0 * (-1) ** row)
        misses += int(given[0] & ((label > high) | (label < low))[0])
        told += int(given[0])
        state = update(state, Issued(here, low, high, yes, given), label, yes)
    assert abs(misses / told - 0.1) < 0.05


def test_units_do_not_matter() -> None:
    errors = STREAMS["heavy tails"][:500]
    for factor in (2.0**40, 2.0**-40):
        np.testing.assert_array_equal(found(errors * factor), found(errors) * factor)


def test_outputs_are_followed_each_by_itself() -> None:
    labels = np.stack([STREAMS["normal"], STREAMS["skewed"]], axis=1)[:300]
    labels[5:20, 0] = np.nan
    bands = Bands(AdaptiveConformal(), 2, np.float64, 2)
    _, low, high = bands.run(bands.init(), np.zeros_like(labels), labels)
    for output in (0, 1):
        alone = found(labels[:, output], 2)[2:]
        np.testing.assert_array_equal(low[:-2, output], alone[:, 0])
        np.testing.assert_array_equal(high[:-2, output], alone[:, 1])


def test_a_constant_that_is_met_has_an_interval_of_no_width_until_it_moves() -> None:
    errors = np.zeros(200)
    errors[100:] = random().normal(size=100)
    ends = found(errors)
    np.testing.assert_array_equal(ends[10:101], 0)
    assert np.isfinite(ends[10:]).all() and np.diff(ends[-1])[0] > 1


@pytest.mark.parametrize("dtype", [np.float32, left(np.float64)])
def test_huge_errors_leave_numbers(dtype) -> None:
    errors = random().normal(size=400).astype(dtype)
    errors[50:60] = 0.9 * np.finfo(dtype).max ** 0.5 / 64
    errors[300:] *= 1e-12
    ends = found(errors, 3, dtype)
    assert ends.dtype == dtype and np.isfinite(ends[16:]).all()


def test_wrong_settings_are_refused(untyped) -> None:
    for level in (0.0, 1.0, 90, float("nan")):
        with pytest.raises(ValueError, match=r"^Expected 0 < level < 1; got .*Try level=0\.9\."):
            AdaptiveConformal(level)
    with pytest.raises(ValueError, match=r"^Expected first to be a positive integer; got 0\. Try"):
        AdaptiveConformal(first=0)


def test_equal_settings_hash_alike_and_are_shown() -> None:
    assert hash(AdaptiveConformal(0.8)) == hash(AdaptiveConformal(0.8))
    assert repr(AdaptiveConformal(0.8)) == "AdaptiveConformal(level=0.8, first=10)"
