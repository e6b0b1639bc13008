"""A decoder as the FALCON challenge's evaluator calls it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
import pytest

import onward
from matrix import left
from onward.adapters.falcon import FalconDecoder
from onward.learning.observation import Observation
from onward.serving import Decoder

CHANNELS, OUTPUTS, BINS = 4, 2, 60
TAGS = [f"L_2012100{day}_held_out_eval.nwb" for day in range(3)]
FILES = [tag.replace("eval", "calib") for tag in TAGS]
CONFIG = SimpleNamespace(
    n_channels=CHANNELS,
    out_dim=OUTPUTS,
    bin_size_ms=20,
    hash_dataset=lambda handle: Path(handle).stem.split("_")[1],
)


def learner_of(**options: Any) -> onward.Learner:
    cell = onward.GRU(CHANNELS, 6, key=jax.random.key(0))
    return onward.Learner(cell, OUTPUTS, **{"learning_rate": 1e-2, **options})


LEARNER = learner_of()


def session(day: int, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts whose level and tuning differ from day to day, and velocities."""
    random = np.random.default_rng(day)
    velocity = np.cumsum(random.normal(size=(bins, OUTPUTS)), axis=0) * 0.3
    tuning = random.normal(size=(OUTPUTS, CHANNELS))
    return velocity @ tuning + day + random.normal(size=(bins, CHANNELS)) * 0.1, velocity


def decoder_of(**options: Any) -> FalconDecoder:
    xs, ys = session(9, BINS)
    state, _ = LEARNER.run(LEARNER.init(jax.random.key(0)), xs, ys)
    return FalconDecoder(LEARNER, state, **options)


def trial_ends(bins: int) -> np.ndarray:
    return np.arange(bins) % 10 == 9


def evaluate(decoder: FalconDecoder, lengths: list[int]) -> list[np.ndarray]:
    """As their evaluator: sessions in batches, filled up with zeros to the longest."""
    predicted: list[np.ndarray] = []
    for first in range(0, len(lengths), decoder.batch_size):
        batch = list(range(first, min(first + decoder.batch_size, len(lengths))))
        longest = max(lengths[day] for day in batch)
        counts, ends = np.zeros((longest, len(batch), CHANNELS)), np.zeros((longest, len(batch)))
        for row, day in enumerate(batch):
            counts[: lengths[day], row] = session(day, lengths[day])[0]
            ends[: lengths[day], row] = trial_ends(lengths[day])
        decoder.reset(dataset_tags=[Path(TAGS[day]) for day in batch])
        steps = []
        for observed, done in zip(counts, ends, strict=True):
            decoder.on_done(done)
            steps.append(decoder.predict(observed))
        stacked = np.stack(steps)
        predicted += [stacked[: lengths[day], row] for row, day in enumerate(batch)]
    return predicted


@pytest.mark.parametrize(
    ("batch_size", "restart", "follow"),
    [left(1, False, True), (1, False, False), (2, True, True), left(2, True, False)],
)
def test_each_row_is_a_decoder_of_its_own(batch_size: int, restart: bool, follow: bool) -> None:
    lengths = [20, 30, 25]
    decoder = decoder_of(batch_size=batch_size, restart=restart, follow=follow, task_config=CONFIG)
    expected = []
    for day in (0, 1):
        xs, ys = session(day, BINS)
        decoder.calibrate(FILES[day], xs, ys, start=trial_ends(BINS))
    for day, length in enumerate(lengths):
        xs, ys = session(day, BINS)
        starts = trial_ends(BINS)
        starts[0] = True
        pretrained = decoder_of()._base
        state, _ = LEARNER.run(pretrained, Observation(xs, ys, 1, starts))
        alone = Decoder(LEARNER, state if day < 2 else decoder_of()._base)
        alone.freeze(scale=not follow)
        expected.append(
            [
                alone.decode(x, start=t == 0 or (restart and bool(ends))).prediction
                for t, (x, ends) in enumerate(
                    zip(session(day, length)[0], trial_ends(length), strict=True)
                )
            ]
        )
    for found, wanted in zip(evaluate(decoder, lengths), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-10)
    assert decoder.unknown == {"20121002"}


def test_calibration_is_worth_something_and_stays_with_its_session() -> None:
    decoder = decoder_of(session_of=lambda tag: Path(tag).stem[:10])
    xs, ys = session(1, 400)
    assert decoder.calibrate(FILES[1], xs[:300], ys[:300], passes=3).shape == (300, OUTPUTS)

    def error(tag: str) -> float:
        decoder.reset([tag])
        said = np.concatenate([decoder.predict(x[None]) for x in xs[300:]])
        return float(np.mean((said - ys[300:])[20:] ** 2))

    assert error(TAGS[1]) < 0.5 * error(TAGS[0])
    # The evaluation has moved nothing of what a session begins with.
    assert error(TAGS[1]) == error(TAGS[1])


def test_bins_that_are_not_scored_are_not_learnt_from() -> None:
    xs, ys = session(1, BINS)
    scored = np.arange(BINS) % 3 == 0
    masked, garbled = decoder_of(), decoder_of()
    masked.calibrate(FILES[1], xs, np.where(scored[:, None], ys, np.nan))
    garbled.calibrate(FILES[1], xs, np.where(scored[:, None], ys, 1e3), scored=scored)
    for decoder in (masked, garbled):
        decoder.reset([FILES[1]])
    assert np.array_equal(masked.predict(xs[:1]), garbled.predict(xs[:1]))


def test_what_is_only_observed_moves_the_state_too() -> None:
    xs, _ = session(1, 3)
    observed, predicted, neither = decoder_of(), decoder_of(), decoder_of()
    for decoder in (observed, predicted, neither):
        decoder.reset()
    observed.observe(xs[:1])
    predicted.predict(xs[:1])
    assert np.array_equal(observed.predict(xs[1:2]), predicted.predict(xs[1:2]))
    assert not np.array_equal(observed.predict(xs[2:]), neither.predict(xs[2:]))


def test_the_latency_is_in_units_of_the_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = decoder_of(batch_size=2, task_config=CONFIG)
    assert np.isnan(decoder.normalised_latency)
    decoder.reset([FILES[0], FILES[1]])
    clock = iter(np.arange(20) * 0.004)
    monkeypatch.setattr("onward.adapters.falcon.decoder.time.perf_counter", lambda: next(clock))
    for _ in range(5):
        decoder.predict(np.zeros((2, CHANNELS)))
    # 4 ms for two bins of 20 ms each.
    assert decoder.normalised_latency == pytest.approx(0.1)


def test_a_batch_of_any_size_is_compiled_before_its_first_bin() -> None:
    decoder = decoder_of()
    for size in (1, 3):
        decoder.set_batch_size(size)
        with pytest.raises(ValueError, match="Expected reset before the first bin"):
            decoder.predict(np.zeros((1, CHANNELS)))
        decoder.reset([FILES[0]])
        programs = decoder._advance._cache_size()
        for rows in range(1, size + 1):
            assert decoder.predict(np.zeros((rows, CHANNELS))).shape == (rows, OUTPUTS)
        decoder.reset([FILES[0]])
        decoder.predict(np.zeros((1, CHANNELS)))
        assert decoder._advance._cache_size() == programs


def test_what_does_not_fit_is_refused() -> None:
    decoder = decoder_of()
    decoder.reset()
    with pytest.raises(ValueError, match=r"Expected 1 rows at most; got 2. Try set_batch_size\(2"):
        decoder.predict(np.zeros((2, CHANNELS)))
    with pytest.raises(ValueError, match=r"neural_observations of shape \(T, 4\); got \(1, 5\)"):
        decoder.predict(np.zeros((1, 5)))
    with pytest.raises(ValueError, match="Expected 1 sessions at most; got 2"):
        decoder.reset(TAGS[:2])
    with pytest.raises(ValueError, match="Expected 0 < bin_s <= 10; got 20"):
        decoder_of(bin_s=20)
    wrong = SimpleNamespace(**{**vars(CONFIG), "out_dim": 7})
    with pytest.raises(ValueError, match="Expected a learner of 4 features and 7 outputs for this"):
        decoder_of(task_config=wrong)
    late = learner_of(delay=2)
    with pytest.raises(ValueError, match="needs no labels to predict; got one with delay=2 and fe"):
        FalconDecoder(late, late.init(jax.random.key(0)))
