import numpy as np
import pytest

from onward.decoding.timing import told_after_delay, told_after_trial, told_in_calibration


def test_labels_come_late_after_trials_or_only_at_first() -> None:
    assert told_after_delay(4, 0).tolist() == [0, 1, 2, 3]
    assert told_after_delay(4, 2).tolist() == [2, 3, 4, 5]
    start = np.array([1, 0, 0, 1, 0, 0], bool)
    assert told_after_trial(start).tolist() == [2, 2, 2, 5, 5, 5]
    trial = np.array([0, 0, -1, 1, 1, 1])
    assert told_after_trial(start, trial).tolist() == [1, 1, 2, 5, 5, 5]
    assert told_in_calibration(5, 2).tolist() == [0, 1, 5, 5, 5]


def test_a_label_cannot_come_before_its_row() -> None:
    with pytest.raises(ValueError, match=r"Expected a delay of 0 bins or more; got -1"):
        told_after_delay(4, -1)
