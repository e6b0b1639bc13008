import numpy as np
import pytest

from onward.streams.files.timeline import Timeline


def test_of_many_steps_every_second_fourth_and_so_on_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However the rows come; what is kept is known to be so for each number of rows."""
    monkeypatch.setattr("onward.streams.files.timeline.MOST_STEPS", 8)
    random = np.random.default_rng(0)
    for rows in (5, 9, 10, 40, 300):
        steps = random.random(rows)
        time = np.append(0, np.cumsum(steps))
        timeline, stride = Timeline(), 1
        for part in np.split(time, np.sort(random.integers(0, rows, 20))):
            timeline.add(part, np.zeros(len(part), int), None)
        while len(steps[::stride]) > 8:
            stride *= 2
        found = timeline.steps()
        assert found is not None
        assert (found.shortest, found.longest) == pytest.approx((steps.min(), steps.max()))
        assert found.median == pytest.approx(np.median(steps[::stride]))


def test_steps_that_change_late_are_not_missed() -> None:
    steps = np.repeat([60.0, 7.0], [90_000, 210_000])
    timeline = Timeline()
    for part in np.array_split(np.cumsum(steps), 40):
        timeline.add(part, np.zeros(len(part), int), None)
    found = timeline.steps()
    assert found is not None and found.median == 7
    assert found.even == pytest.approx(0.7, abs=0.01)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_longest_step_forward(size: int) -> None:
    """Steps back and standing still are no steps forward, and a row that begins takes none."""
    steps = np.random.default_rng(0).permutation(np.arange(1, 1000.0))
    steps[::3] *= -1
    steps[5::50] = 0
    time, begins = np.cumsum(np.append(0, steps)), np.zeros(1000, bool)
    begins[steps.argmax() + 1] = True
    time[400] = np.nan
    timeline = Timeline()
    for first in range(0, 1000, size):
        rows = slice(first, first + size)
        timeline.add(time[rows], np.zeros(len(time[rows]), int), begins[rows])
    known = np.delete(time, 400)
    taken = np.diff(known)
    assert timeline.forward == np.sum(taken > 0) and timeline.backward == np.sum(taken < 0)
    assert timeline.repeated == np.sum(taken == 0)
    taken[np.delete(begins, 400)[1:]] = 0
    jump = timeline.jump()
    assert (
        jump is not None and jump.length == taken.max() and jump.time == known[taken.argmax() + 1]
    )
    assert time[jump.row - 1] == jump.time
    assert jump.shortest == taken[taken > 0].min() and jump.median == np.median(taken[taken > 0])
