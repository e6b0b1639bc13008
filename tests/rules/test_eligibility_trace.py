"""The decaying trace's settings; its formula is tested with the laws."""

import pytest

from onward import EligibilityTrace


@pytest.mark.parametrize("decay", [-0.1, 1.0, 2.0, float("nan")])
def test_a_decay_outside_its_range_is_refused(decay) -> None:
    with pytest.raises(ValueError, match=r"^Expected 0 <= decay < 1; got .*Try decay=0\.5\.$"):
        EligibilityTrace(decay)
