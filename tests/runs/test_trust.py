"""Trust is kept in a bounded number of stretches of one length, and their mean is that of all."""

import numpy as np
import pytest

from matrix import left
from onward.runs.trust import MOST, Trust

NAMES = ("network", "line", "last label")


def filled(chunks: list[int], silent: int = 0) -> tuple[Trust, np.ndarray]:
    """A record of chunks of these lengths, the first rows without a prediction; and all rows."""
    random, trust, first = np.random.default_rng(0), Trust(NAMES), 0
    rows = random.normal(size=(sum(chunks), len(NAMES)))
    for length in chunks:
        predicted = np.arange(first, first + length) >= silent
        trust.add(rows[first : first + length], predicted)
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


@pytest.mark.parametrize("length", [1, left(1000)])
def test_stretches_of_a_long_stream_are_alike_in_length(length: int) -> None:
    """Merging alone would make the first stretch half of all rows."""
    ends = np.array(filled([length] * (40 * MOST + 3))[0].result()["rows"])
    lengths = np.diff(ends, prepend=0)
    assert len(ends) > MOST / 2 and len(set(lengths[:-1])) == 1 and lengths[-1] <= lengths[0]


def test_stretches_do_not_depend_on_how_the_rows_come() -> None:
    whole, _ = filled([3000])
    pieces, _ = filled([7, 93, 1, 899, 2000])
    np.testing.assert_allclose(whole.result()["values"], pieces.result()["values"], atol=2e-5)
    assert whole.result()["rows"] == pieces.result()["rows"]


def test_rows_without_a_prediction_do_not_count() -> None:
    trust, rows = filled([500, 500], silent=601)
    told = trust.result()
    # A stretch is four rows: the first with a prediction has three of them.
    assert told["rows"] == list(range(604, 1001, 4))
    np.testing.assert_allclose(told["values"][0], rows[601:604].mean(axis=0), atol=6e-6)
    np.testing.assert_allclose(trust.means, rows[601:].mean(axis=0))
    nothing = filled([20], silent=20)[0]
    assert nothing.means == [None] * 3 and nothing.result()["rows"] == []


def test_a_record_that_comes_back_goes_on_the_same() -> None:
    trust, rows = filled([7] * 300)
    again = Trust(NAMES)
    again.restore(trust.state())
    for record in (trust, again):
        record.add(rows[:90], np.ones(90, bool))
    assert again.result() == trust.result() and again.means == trust.means
