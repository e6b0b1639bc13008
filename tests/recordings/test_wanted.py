"""Which signal a name stands for, and when a recording began."""

from datetime import datetime
from pathlib import Path

import pytest

from onward.recordings import RecordingError
from onward.recordings.dates import date_in_name, parsed
from onward.recordings.wanted import Choice, Wanted, choose_position, choose_target, column_names


@pytest.mark.parametrize(
    ("names", "choice"),
    [
        (["velocity", "finger_vel"], Choice(("velocity",))),
        (["finger_vel", "finger_pos"], Choice(("finger_vel",))),
        (["OpenLoopKinematicsVelocity", "OpenLoopKinematics"], None),
        (["cursor_pos", "finger_pos"], Choice(("cursor_pos",), derived=True)),
        (["Position", "sound_level"], Choice(("Position",), derived=True)),
        (["hand_position", "target_pos"], Choice(("hand_position",), derived=True)),
    ],
)
def test_a_velocity_is_found_or_derived(names: list[str], choice: Choice | None) -> None:
    assert choose_target(Wanted(), names, "day") == (choice or Choice((names[0],)))


def test_a_position_is_the_one_named_or_the_one_that_is_called_so() -> None:
    assert choose_position(Wanted(), ["emg", "compost"], "day") is None
    assert choose_position(Wanted(position="emg"), ["emg", "pos"], "day") == "emg"
    with pytest.raises(RecordingError, match=r"one position .* 'left_pos', 'right_pos'"):
        choose_position(Wanted(), ["left_pos", "right_pos"], "day")
    with pytest.raises(RecordingError, match="a signal 'hand' in position of day"):
        choose_position(Wanted(position="hand"), ["emg"], "day")
    assert choose_target(Wanted("position"), ["cursor"], "day") == Choice(("cursor",))


def test_columns_have_names_that_tell_them_apart() -> None:
    assert column_names("force", 1) == ("force",)
    assert column_names("v", 3) == ("v x", "v y", "v z")
    assert column_names("v", 4) == ("v 0", "v 1", "v 2", "v 3")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("7/18/2012 14:0:46.750", datetime(2012, 7, 18, 14, 0, 46, 750_000)),
        ("2016-03-25", datetime(2016, 3, 25)),
        ("2016-03-25T08:09:10", datetime(2016, 3, 25, 8, 9, 10)),
        ("", None),
        ("in March", None),
    ],
)
def test_moments_are_read_as_laboratories_write_them(text: str, moment: datetime | None) -> None:
    assert parsed(text) == moment


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("indy_20160630_01.mat", datetime(2016, 6, 30, 0, 0, 1)),
        ("20120718.npz", datetime(2012, 7, 18)),
        ("sub-1_ses-2020-10-19-run.nwb", datetime(2020, 10, 19)),
        ("99991399.npz", None),
        ("20161399.npz", None),
        ("session.npz", None),
        ("1201607183.npz", None),
    ],
)
def test_a_day_in_a_name_is_found(name: str, moment: datetime | None) -> None:
    assert date_in_name(Path(name)) == moment
