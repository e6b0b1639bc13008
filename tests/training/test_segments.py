"""How recorded sessions are cut into segments."""

import dataclasses

import numpy as np
import pytest

from onward import Segments
from onward.training.segments import UPDATES, Cuts, cut

SMALL = Segments(length=20, warm_up=4, batch=4, epochs=3, dropout=0.2, held_out=0.25)


WRONG = {
    "length": (0, r"^Expected length "),
    "warm_up": (20, r"^Expected warm_up < length; got 20 of 20\. Try warm_up=3\."),
    "batch": (0.5, r"^Expected batch "),
    "epochs": (0, r"^Expected epochs "),
    "patience": (0, r"^Expected patience "),
    "learning_rate": (0.0, r"^Expected learning_rate > 0; got 0\.0\. Try learning_rate=0\.004\."),
    "clip": (-1.0, r"^Expected clip > 0; got -1\.0\. Try clip=1\.0\."),
    "dropout": (1.0, r"^Expected 0 <= dropout < 1; got 1\.0\. Try dropout=0\.2\."),
    "held_out": (-0.1, r"^Expected 0 <= held_out < 1; got -0\.1\. Try held_out=0\.1\."),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_settings_are_refused(name: str) -> None:
    value, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(SMALL, **{name: value})


@pytest.mark.parametrize("lengths", [[100], [37, 250, 80], [20, 20]])
def test_cuts_keep_what_is_learnt_from_what_is_held_out(lengths: list[int]) -> None:
    cuts = cut(lengths, SMALL)
    ends = np.cumsum(lengths)
    begins = ends - lengths
    learnt = np.concatenate([np.arange(first, stop) for first, stop in cuts.learnt])
    for start in cuts.held:
        held = np.arange(start, start + SMALL.length)
        assert not np.intersect1d(held, learnt).size
        assert len(set(np.searchsorted(ends, held, "right"))) == 1
    draw = np.random.default_rng(0)
    for _ in range(20):
        starts = cuts.drawn(SMALL, draw)
        assert starts.shape == (cuts.updates(SMALL), cuts.batch(SMALL))
        for start in starts.ravel():
            place = np.searchsorted(ends, start, "right")
            first, stop = cuts.learnt[place]
            assert begins[place] == first <= start and start + SMALL.length <= stop
    sizes = [len(cuts.held) > 0, any(0.25 * length >= 20 for length in lengths)]
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize(
    ("rows", "batch", "updates"),
    [(20 * 4 * UPDATES, 4, UPDATES), (20 * 400, 4, 100), (20 * UPDATES, 1, UPDATES), (60, 1, 3)],
)
def test_a_short_recording_has_smaller_batches_and_not_fewer_updates(
    rows: int, batch: int, updates: int
) -> None:
    cuts = Cuts([(0, rows)], np.array([], int))
    assert (cuts.batch(SMALL), cuts.updates(SMALL)) == (batch, updates)
    drawn = cuts.drawn(SMALL, np.random.default_rng(0))
    assert drawn.shape == (updates, batch)
    assert len(np.unique(drawn)) >= min(rows // 20 - 1, drawn.size)
