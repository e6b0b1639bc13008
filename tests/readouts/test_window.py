"""The newest samples and the learnt measure of likeness; the order of computations beside it."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from onward import CrossEntropy, KernelClassifier, KernelRegressor, Squared
from onward.readouts.ordering import after
from onward.readouts.window import HIGHEST, LOWEST, RECENT, Likeness, Window, start_of

from .like_samples import Rows, followed

SAMPLES = 7
ONE = jnp.ones(())


def seen(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, 3))


@jax.jit
def given(window: Window, x: Any, weight: Any = ONE) -> Window:
    return window.with_sample(jnp.asarray(x), jnp.asarray(weight))


def filled(rows: int = 20) -> Window:
    window = Window(3, SAMPLES, float)
    for row in seen(rows):
        window = given(window, row)
    return window


def test_it_holds_the_newest_with_their_ages() -> None:
    window = Window(3, SAMPLES, float)
    for count, row in enumerate(seen(3 * SAMPLES), start=1):
        window = given(window, row)
        held = np.argsort(window.ages)[: min(count, SAMPLES)]
        expected = seen(3 * SAMPLES)[:count][::-1][:SAMPLES]
        np.testing.assert_array_equal(window.inputs[:, held].T, expected)
        np.testing.assert_array_equal(window.ages[held], np.arange(len(held)))
        np.testing.assert_array_equal(window.weights[held], 0)
        assert (np.delete(window.weights, held) < -1e29).all()


def test_the_oldest_is_the_one_that_goes_and_no_other() -> None:
    before = filled()
    place = int(before.oldest)
    assert before.ages[place] == before.ages.max()
    now = given(before, np.full(3, 9.0), 0.5)
    np.testing.assert_array_equal(now.inputs[:, place], 9)
    assert now.ages[place] == 0 and now.weights[place] == np.log(0.5)
    others = np.delete(np.arange(SAMPLES), place)
    for name, more in (("inputs", 0), ("weights", 0), ("ages", 1)):
        one, other = (getattr(each, name)[..., others] for each in (now, before))
        np.testing.assert_array_equal(one, other + more)


@pytest.mark.parametrize("x", [9.0, np.nan, np.inf])
def test_a_sample_of_weight_zero_leaves_all_as_it_was(x) -> None:
    before = filled()
    now = given(before, np.full(3, x), 0.0)
    jax.tree.map(np.testing.assert_array_equal, now, before)


def test_how_much_a_sample_counts_is_as_defined() -> None:
    window = Window(3, SAMPLES, float)
    weights = [0.5, 2.0, 1.0]
    for row, weight in zip(seen(3), weights, strict=True):
        window = given(window, row, weight)
    x = np.array([0.3, -0.2, 1.0])
    apart = ((seen(3) - x) ** 2).sum(1) / (0.5**2 * 3)
    expected = weights * np.exp(-apart / 2 - np.exp(2 * RECENT) * np.array([2, 1, 0]) / SAMPLES / 2)
    counts = np.asarray(window.likeness(jnp.asarray(x)))
    held = np.argsort(window.ages)[2::-1]
    np.testing.assert_allclose(counts[held], expected / expected.max(), rtol=1e-12)
    assert counts.sum() == counts[held].sum() and counts.max() == 1


def test_a_sample_that_is_far_from_all_finds_the_nearest() -> None:
    counts = np.asarray(filled().likeness(jnp.asarray([1e6, 0.0, 0.0])))
    assert counts.max() == 1 and np.isfinite(counts).all()
    assert np.argmax(counts) == np.argmax(filled().inputs[0])


def moved(slope: Any, count: int, weight: float = 1.0, window: Window | None = None) -> Any:
    """A window and what is known after labels whose cost has such a slope by all scales."""
    window = Window(3, SAMPLES, float) if window is None else window

    def cost(given: Window) -> Any:
        return slope * (jnp.sum(given.scales) + given.recency)

    @jax.jit
    def label(_: Any, carried: Any) -> Any:
        window, likeness = carried
        return likeness.learn(window, jnp.asarray(weight), cost)

    return jax.lax.fori_loop(0, count, label, (window, Likeness.unknown(window)))


def test_a_first_step_is_short_whatever_the_slope() -> None:
    """One fiftieth of what the rate comes to, by the sign of the slope."""
    for slope in (-3.0, 2.0, 1e8):
        window, _ = moved(slope, 1)
        rate = (0.01 + 0.05 * 200 / 201) / 50
        expected = -rate * np.sign(slope)
        np.testing.assert_allclose(window.scales - start_of(3), expected, rtol=1e-3)
        np.testing.assert_allclose(window.recency - RECENT, expected, rtol=1e-3)


def test_scales_stay_within_their_bounds_and_are_drawn_back_without_a_slope() -> None:
    outside = Window(3, SAMPLES, float)
    for slope, bound in ((-1.0, HIGHEST), (1.0, LOWEST)):
        far, _ = moved(slope, 1, window=jax.tree.map(lambda leaf, to=bound: leaf * 0 + to, outside))
        np.testing.assert_array_equal(far.scales, bound)
    start = jax.tree.map(lambda leaf: leaf * 0 + 2.0, outside)
    back, _ = moved(0.0, 400, window=start)
    assert (np.abs(back.scales - start_of(3)) < 0.9 * abs(2 - start_of(3))).all()
    assert abs(back.recency - RECENT) < 0.9 * abs(2 - RECENT)


def test_without_weight_nothing_is_learnt_and_a_weight_multiplies_the_slope() -> None:
    window, likeness = moved(3.0, 5, weight=0.0)
    fresh = Window(3, SAMPLES, float)
    jax.tree.map(np.testing.assert_array_equal, window, fresh)
    jax.tree.map(np.testing.assert_array_equal, likeness, Likeness.unknown(fresh))
    twice, once = moved(3.0, 5, weight=2.0), moved(6.0, 5)
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-12), twice, once)


@pytest.mark.parametrize("slope", [np.nan, np.inf, 1e200])
def test_a_slope_that_cannot_be_squared_is_as_none(slope) -> None:
    jax.tree.map(np.testing.assert_array_equal, moved(slope, 5), moved(0.0, 5))


def told(rows: int, classes: bool, seed: int = 0, turning: int = 0) -> Any:
    """Labels by the first of three inputs; what it says is another every `turning` rows."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 3))
    sign = (-1) ** (np.arange(rows) // turning) if turning else np.ones(rows)
    y = (sign * x[:, 0] > 0).astype(float) if classes else sign * np.abs(3 * x[:, 0])
    emitted, known = np.zeros((rows, 1)), np.ones((rows, 1), bool)
    return Rows(emitted, x, y[:, None], known, np.ones(rows))


def learnt(classes: bool, rows: Rows) -> Any:
    if classes:
        readout: Any = KernelClassifier(1, 2, direct=3, window=100)
    else:
        readout = KernelRegressor(1, 1, direct=3, window=100)
    return followed(readout, rows, CrossEntropy(2) if classes else Squared())[2]


@pytest.mark.parametrize("classes", [False, True])
def test_an_input_that_tells_nothing_loses_its_scale(classes) -> None:
    rows = told(600, classes)
    scales = np.asarray(learnt(classes, rows).scales)[-1, 1:]
    assert (scales[0] - scales[1:] > 1.5).all()
    # The control: where labels are drawn anew no input tells more than another.
    shuffled = np.random.default_rng(1).permutation(rows.y)
    scales = np.asarray(learnt(classes, rows._replace(y=shuffled)).scales)[-1, 1:]
    assert np.ptp(scales) < 1


@pytest.mark.parametrize("classes", [False, True])
def test_labels_that_move_about_raise_the_recency(classes) -> None:
    moving, still = (
        float(learnt(classes, told(600, classes, turning=turning)).recency[-1])
        for turning in (40, 0)
    )
    assert moving > still + 2 and moving > RECENT + 2


READS = {
    "finite": [np.ones(3), np.zeros(())],
    "not a number": [np.array([1.0, np.nan])],
    "infinite": [np.array([1.0, -np.inf]), np.ones(2)],
}


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_number_after_others_is_itself_to_the_bit(name, dtype) -> None:
    largest = np.finfo(dtype).max
    numbers = np.array([0.1, -3.0, 0.0, -0.0, largest, -largest, 1e-37], dtype)
    read = [jnp.asarray(each, dtype) for each in READS[name]]
    for made in (jax.jit(jax.vmap(after, (0, None))), jax.vmap(after, (0, None))):
        found = np.asarray(made(jnp.asarray(numbers), read))
        assert found.dtype == dtype and found.tobytes() == numbers.tobytes()
    one = jax.jit(after)(jnp.asarray(numbers[0]), read)
    assert one == numbers[0] and one.shape == ()


def test_a_number_is_computed_after_what_is_handed_over() -> None:
    """What is read is needed for it, in the program as compiled."""
    shape = jax.ShapeDtypeStruct((), jnp.float32)
    for made, needed in (
        (lambda one, read: after(one, read), True),
        (lambda one, read: one, False),
    ):
        text = jax.jit(lambda one, read, made=made: made(one, jnp.sin(read))).lower(shape, shape)
        assert ("sine" in str(text.compile().as_text())) == needed
