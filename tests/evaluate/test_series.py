"""Scores of interleaved series agree with those of each series alone."""

import numpy as np
import pytest

from onward.evaluate import SCORES, SeriesScores

ROWS, SERIES = 900, 7


def rows(task):
    random = np.random.default_rng(0)
    series = random.integers(0, SERIES - 1, ROWS)
    if task == "regression":
        # Far from zero, one target of one series constant.
        y = 1e6 + 100.0 * series[:, None] + random.normal(size=(ROWS, 2))
        y[series == 2, 1] = 5.0
        made = {"a": y + 0.5 * random.normal(size=y.shape), "b": np.full_like(y, 1e6)}
    else:
        y = random.integers(0, 2, (ROWS, 1)).astype(float)
        made = {name: random.dirichlet(np.ones(2), ROWS) for name in "ab"}
    y[:40, 0] = np.nan
    made["b"][30:60] = np.nan
    return y, made, series


@pytest.mark.parametrize("task", SCORES)
def test_they_are_those_of_each_series_alone_however_the_rows_are_cut(task):
    y, made, series = rows(task)
    whole, cut, grown = (SeriesScores(task, 2, "ab", n) for n in (SERIES, SERIES - 1, SERIES))
    whole.update(y, made, series)
    for first in range(0, ROWS, 97):
        part = slice(first, first + 97)
        if first == 485:
            grown.restore(cut.state())
        taker = cut if first < 485 else grown
        taker.update(y[part], {name: p[part] for name, p in made.items()}, series[part])
    assert grown.result() == whole.result()
    key = SCORES[task][0].metrics[0].key
    for name, scores in whole.result().items():
        for code in range(SERIES):
            alone = SCORES[task][0](2)
            alone.update(y[series == code], made[name][series == code])
            expected = alone.result()[key]
            assert scores[code] == (
                expected if expected is None else pytest.approx(expected, rel=1e-6)
            )
    assert scores[-1] is None  # the series that never came


def test_another_shape_is_refused():
    board = SeriesScores("regression", 2, "ab", 3)
    for other in (SeriesScores("regression", 1, "ab", 3), SeriesScores("regression", 2, "ab", 4)):
        with pytest.raises(ValueError, match=r"Expected 'origin' of shape \(3, 2\), or of fewer"):
            board.restore(other.state())
    with pytest.raises(ValueError, match="Expected 'origin'"):
        board.restore({})
