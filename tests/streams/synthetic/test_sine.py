import numpy as np
import pytest

from onward.streams import Sine, StreamError


def values(stream: Sine) -> np.ndarray:
    (chunk,) = stream.chunks(stream.length)
    np.testing.assert_array_equal(chunk.x, chunk.y)
    return chunk.x[:, 0]


def measured_frequency(signal: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(len(signal))))
    return float(np.argmax(spectrum)) / len(signal)


def test_frequency_changes_in_the_middle() -> None:
    signal = values(Sine())
    assert len(signal) == 10_000
    assert measured_frequency(signal[:5000]) == pytest.approx(0.05, abs=1e-4)
    assert measured_frequency(signal[5000:]) == pytest.approx(0.08, abs=1e-4)


def test_measured_frequency_tells_no_change_from_a_change() -> None:
    signal = values(Sine(frequency_after=0.05))
    assert measured_frequency(signal[5000:]) == pytest.approx(0.05, abs=1e-4)


def test_it_follows_the_formula_and_does_not_jump() -> None:
    signal = values(Sine(length=2000, seed=5))
    phase = np.random.default_rng(5).random()
    t = np.arange(1000)
    np.testing.assert_allclose(signal[:1000], np.sin(2 * np.pi * (phase + 0.05 * t)), atol=1e-6)
    after = np.sin(2 * np.pi * (phase + 50 + 0.08 * t))
    np.testing.assert_allclose(signal[1000:], after, atol=1e-6)
    assert np.max(np.abs(np.diff(signal))) <= 2 * np.pi * 0.08


def test_seeds_draw_the_phase() -> None:
    assert values(Sine(seed=0))[0] != values(Sine(seed=1))[0]
    np.testing.assert_array_equal(values(Sine(seed=1)), values(Sine(seed=1)))


def test_horizon_is_one() -> None:
    assert Sine().info.horizon == 1


def test_one_row_is_refused() -> None:
    message = r"^Expected a length of at least 2 rows; got 1; try a longer stream\.$"
    with pytest.raises(StreamError, match=message):
        Sine(length=1)
