"""Trust is kept in a bounded number of stretches of one length, and their mean is that of all."""

import numpy as np
import pytest

from onward.runs.trust import MOST, Trust

NAMES = ("network", "line", "last label")


def filled(chunks: list[int], silent: int = 0) -> tuple[Trust, np.ndarray]:
    """A record of chunks of these lengths, the first rows without a prediction; and all rows."""
    random, trust, first = np.random.default_rng(0), Trust(NAMES), 0
    rows = random.normal(size=(sum(chunks), len(NAMES)))
    for length in chunks:
        predicted = np.arange(first, first + length) >= silent
        trust.add(first, rows[first : first + length], predicted)
        first += length
    return trust, rows


@pytest.mark.parametrize(
    "chunks", [[30, 270], [1000] * (5 * MOST), [1] * (9 * MOST + 5), [32, 1, 2, 7] * (3 * MOST)]
)
def test_each_stretch_has_the_mean_of_its_rows(chunks: list[int]) -> None:
    trust, rows = filled(chunks)
    told = trust.result()
    ends = np.array(told["rows"])
    begins = np.append(0, ends[:-1])
    assert told["names"] == list(NAMES) and ends[-1] == sum(chunks)
    assert len(ends) == len(told["values"]) <= MOST
    expected = [rows[begin:end].mean(axis=0) for begin, end in zip(begins, ends, strict=True)]
    np.testing.assert_allclose(told["values"], expected, atol=6e-6)
    np.testing.assert_allclose(trust.means, rows.mean(axis=0))


@pytest.mark.parametrize("length", [1, 1000])
def test_stretches_of_a_long_stream_are_alike_in_length(length: int) -> None:
    """Negative control of merging alone, which makes the first stretch half of all rows."""
    ends = np.array(filled([length] * (40 * MOST))[0].result()["rows"])
    lengths = np.diff(ends, prepend=0)
    assert len(ends) > MOST / 2 - 1 and lengths[:-1].min() == lengths.max()


def test_rows_without_a_prediction_do_not_count() -> None:
    trust, rows = filled([50, 50, 50], silent=60)
    told = trust.result()
    assert told["rows"] == [100, 150]
    np.testing.assert_allclose(told["values"][0], rows[60:100].mean(axis=0), atol=6e-6)
    np.testing.assert_allclose(trust.means, rows[60:].mean(axis=0))
    nothing = filled([20], silent=20)[0]
    assert nothing.means == [None] * 3 and nothing.result()["rows"] == []


def test_a_record_that_comes_back_goes_on_the_same() -> None:
    trust, rows = filled([7] * 300)
    again = Trust(NAMES)
    again.restore(trust.state())
    for record in (trust, again):
        record.add(2100, rows[:90], np.ones(90, bool))
    assert again.result() == trust.result() and again.means == trust.means
