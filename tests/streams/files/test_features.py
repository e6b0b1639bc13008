from pathlib import Path

import numpy as np
import pytest

from onward.streams import StreamError, StreamInfo, open_file


def write(folder: Path, text: str) -> Path:
    path = folder / "data.csv"
    path.write_text(text)
    return path


def info_of(folder: Path, text: str, features=None) -> StreamInfo:
    return open_file(write(folder, text), "y", features).info


def message_of(folder: Path, text: str, features=None) -> str:
    with pytest.raises(StreamError) as error:
        open_file(write(folder, text), "y", features)
    return str(error.value)


def test_default_features_are_the_other_numbers(tmp_path: Path) -> None:
    info = info_of(tmp_path, "day,a,y,b,c\n2020-01-01,1,.5,true,x\n2020-01-02,2,.7,false,z\n")
    assert info.feature_names == ("a", "b")
    assert info.warnings == ("Left out 'c': text with a new value in every row.",)


def test_named_features_come_in_the_order_they_are_named_in(tmp_path: Path) -> None:
    stream = open_file(write(tmp_path, "a,b,c,y\n1,2,3,.5\n4,5,6,.7\n"), "y", ["c", "a"])
    (rows,) = stream.chunks(2)
    np.testing.assert_array_equal(rows.x, [[3, 1], [6, 4]])
    assert stream.info.warnings == ()


def test_one_target_of_several_columns_is_a_feature_for_another(tmp_path: Path) -> None:
    path = write(tmp_path, "a,y,z\n1,.5,.1\n2,.7,.2\n")
    assert open_file(path, "y").info.feature_names == ("a", "z")
    assert open_file(path, ["y", "z"]).info.feature_names == ("a",)


def test_numbers_named_time_are_time_unless_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path, "Time,a,y\n0.5,1,.5\n1.5,2,.7\n")
    stream = open_file(path, "y")
    assert stream.info.feature_names == ("a",)
    assert stream.info.warnings == ("Kept 'Time' as the time of the rows, not as a feature.",)
    asked = open_file(path, "y", ["Time", "a"])
    assert asked.info.feature_names == ("Time", "a") and asked.info.warnings == ()
    for rows in (*stream.chunks(2), *asked.chunks(2)):
        np.testing.assert_array_equal(rows.time, [0.5, 1.5])


def test_only_the_first_timestamps_are_time(tmp_path: Path) -> None:
    text = "day,a,other,y\n2020-01-01,1,2021-01-01,.5\n2020-01-02,2,2021-01-03,.7\n"
    assert info_of(tmp_path, text).warnings == (
        "Left out 'other': another column gives the time of the rows.",
    )


def test_disorder_in_time_is_a_warning(tmp_path: Path) -> None:
    days = ("01", "02", "02", "02", "05", "04", "05", "05")
    rows = "".join(f"2020-01-{day},{index},{index}.5\n" for index, day in enumerate(days))
    assert info_of(tmp_path, f"day,a,y\n{rows}").warnings == (
        "Unsorted: 'day' goes back in 1 row.",
        "Duplicates: 'day' repeats the row before in 3 rows.",
        "Uneven: the steps of 'day' are 1 d in the median and 1 d at least; the longest, 3 d, "
        "leads to row 5 (2020-01-05).",
    )


def test_features_that_tell_nothing_are_a_warning(tmp_path: Path) -> None:
    info = info_of(tmp_path, "a,b,c,d,y\n1,2,7,,.5\n1,3,7,NA,.7\n1,4,,,.9\n")
    assert info.feature_names == ("a", "b", "c")
    assert info.warnings == (
        "Left out 'd': no value in any row.",
        "Always the same value in the feature 'a', 'c'.",
    )


def test_a_file_may_have_no_features(tmp_path: Path) -> None:
    info = info_of(tmp_path, "c,y\nx,.5\nz,.7\n")
    assert info.feature_names == ()
    assert info.warnings == ("Left out 'c': text with a new value in every row.",)


def test_text_of_many_values_as_a_feature_is_refused(tmp_path: Path) -> None:
    assert message_of(tmp_path, "a,c,y\n1,x,.5\n2,z,.7\n", ["a", "c"]) == (
        "Expected features of numbers; got text in the column 'c' of more than 20 values, or of "
        "one, or of a new one in each row; try leaving it out of the features."
    )


def test_timestamps_as_a_feature_are_refused(tmp_path: Path) -> None:
    text = "day,a,y\n2020-01-01,1,.5\n2020-01-02,2,.7\n"
    assert message_of(tmp_path, text, "day") == (
        "Expected features of numbers; got timestamps in the column 'day'; "
        "try leaving it out of the features."
    )


@pytest.mark.parametrize("features", [None, ["a"]])
def test_text_among_numbers_is_refused(tmp_path: Path, features: list[str] | None) -> None:
    text = "a,b,y\n1,5,.5\n?,6,.7\n3,7,.9\nfour,8,1.5\n5,9,2.5\n"
    assert message_of(tmp_path, text, features) == (
        "Expected numbers in the column 'a'; got '?' in row 2 (the first below the header is "
        "row 1); try correcting that cell, emptying it if it is missing, or choosing other columns."
    )
    assert info_of(tmp_path, text, "b").feature_names == ("b",)


def test_a_target_as_a_feature_is_refused(tmp_path: Path) -> None:
    assert message_of(tmp_path, "a,y\n1,.5\n2,.7\n", ["a", "y"]) == (
        "Expected features that are no targets; got 'y' as both, which would show the label to "
        "the learner; try leaving it out of the features."
    )


def test_an_unknown_feature_is_refused_with_near_misses(tmp_path: Path) -> None:
    text = "speed,angle,y\n1,2,.5\n2,3,.7\n"
    assert message_of(tmp_path, text, ["angel"]) == (
        "Expected a feature column; got 'angel'; try 'angle' (one of 'speed', 'angle', 'y')."
    )
