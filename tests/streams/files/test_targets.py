from pathlib import Path

import numpy as np
import pytest

from onward.streams import StreamError, StreamInfo, open_file

CELLS = {
    "a": ["1", "2", "3", "4"],
    "real": ["0.5", "1.5", "2.5", "2.5"],
    "whole": ["3", "1", "", "3"],
    "half": ["0.5", "1", "0.5", "1"],
    "word": ["red", "blue", "NA", "red"],
    "truth": ["True", "false", "true", "True"],
    "same": ["7", "7", "7", "7"],
    "still": ["0.5", "0.5", "0.5", "0.5"],
    "none": ["", "NA", "", "nan"],
    "day": ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"],
    "torn": ["1", "2", "x", "4"],
}


def write(folder: Path, *names: str) -> Path:
    path = folder / "data.csv"
    rows = zip(*(CELLS[name] for name in names), strict=True)
    path.write_text("\n".join([",".join(names), *(",".join(row) for row in rows)]) + "\n")
    return path


def info_of(folder: Path, target: str, task=None) -> StreamInfo:
    return open_file(write(folder, "a", target), target, task=task).info


def message_of(folder: Path, *targets: str, task=None) -> str:
    with pytest.raises(StreamError) as error:
        open_file(write(folder, "a", *targets), list(targets), task=task)
    return str(error.value)


@pytest.mark.parametrize(
    ("target", "task", "classes"),
    [
        ("real", "regression", ()),
        ("half", "regression", ()),
        ("still", "regression", ()),
        ("whole", "classification", ("1", "3")),
        ("word", "classification", ("NA", "blue", "red")),
        ("truth", "classification", ("False", "True")),
    ],
)
def test_the_task_follows_from_the_target(
    tmp_path: Path, target: str, task: str, classes: tuple[str, ...]
) -> None:
    info = info_of(tmp_path, target)
    assert (info.task, info.class_names) == (task, classes)


def test_eleven_whole_numbers_are_regression(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    for count, task in ((10, "classification"), (11, "regression")):
        path.write_text("a,y\n" + "".join(f"{row},{row % count}\n" for row in range(40)))
        assert open_file(path, "y").info.task == task


def test_the_task_can_be_chosen(tmp_path: Path) -> None:
    assert info_of(tmp_path, "whole", "regression").class_names == ()
    assert info_of(tmp_path, "truth", "regression").task == "regression"
    assert info_of(tmp_path, "half", "classification").class_names == ("0.5", "1")
    assert info_of(tmp_path, "torn", "classification").class_names == ("1", "2", "4", "x")


def test_missing_labels_are_nan(tmp_path: Path) -> None:
    (rows,) = open_file(write(tmp_path, "a", "whole"), "whole").chunks(4)
    np.testing.assert_array_equal(rows.y[:, 0], [1, 0, np.nan, 1])
    (rows,) = open_file(write(tmp_path, "a", "whole"), "whole", task="regression").chunks(4)
    np.testing.assert_array_equal(rows.y[:, 0], [3, 1, np.nan, 3])


def test_several_targets_are_regression(tmp_path: Path) -> None:
    stream = open_file(write(tmp_path, "a", "whole", "truth"), ["truth", "whole"])
    (rows,) = stream.chunks(4)
    assert stream.info.task == "regression" and stream.info.target_names == ("truth", "whole")
    np.testing.assert_array_equal(rows.y, [[1, 3], [0, 1], [1, np.nan], [1, 3]])


def test_a_constant_number_is_a_warning_in_regression(tmp_path: Path) -> None:
    warning = ("Always the same value in the target 'still'.",)
    assert info_of(tmp_path, "still").warnings == warning
    assert info_of(tmp_path, "same", "regression").warnings == (warning[0].replace("till", "ame"),)


def test_one_class_is_refused(tmp_path: Path) -> None:
    assert message_of(tmp_path, "same") == (
        "Expected at least 2 classes in the target 'same'; got only '7'; "
        "try another target or task='regression'."
    )


def test_too_many_classes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,y\n" + "".join(f"{row},{row}.5\n" for row in range(101)))
    with pytest.raises(StreamError) as error:
        open_file(path, "y", task="classification")
    assert str(error.value) == (
        "Expected at most 100 classes in the target 'y'; got more than 100 different values; "
        "try task='regression'."
    )


def test_several_targets_cannot_be_classified(tmp_path: Path) -> None:
    assert message_of(tmp_path, "whole", "truth", task="classification") == (
        "Expected one target for classification; got 2: 'whole', 'truth'; "
        "try one of them, or task='regression'."
    )


def test_text_cannot_be_regressed(tmp_path: Path) -> None:
    message = (
        "Expected numbers to predict; got text in the target 'word'; "
        "try that column as the only target, with task='classification'."
    )
    assert message_of(tmp_path, "word", task="regression") == message
    assert message_of(tmp_path, "real", "word") == message


def test_a_target_without_a_value_is_refused(tmp_path: Path) -> None:
    assert message_of(tmp_path, "none") == (
        "Expected values in the target 'none'; got a missing label in every row; "
        "try another target."
    )


def test_timestamps_cannot_be_predicted(tmp_path: Path) -> None:
    assert message_of(tmp_path, "day") == (
        "Expected numbers or classes in the target 'day'; got timestamps; try another target."
    )


def test_text_among_numbers_is_refused(tmp_path: Path) -> None:
    assert message_of(tmp_path, "torn").startswith(
        "Expected numbers in the column 'torn'; got 'x' in row 3 (the first below the header"
    )


def test_an_unknown_task_is_refused(tmp_path: Path) -> None:
    assert message_of(tmp_path, "real", task="ranking") == (
        "Expected the task 'regression' or 'classification'; got 'ranking'; "
        "try leaving it out: it is inferred from the target."
    )


def test_an_unknown_target_is_refused_with_near_misses(tmp_path: Path) -> None:
    with pytest.raises(StreamError) as error:
        open_file(write(tmp_path, "a", "real"), "reel")
    assert str(error.value) == (
        "Expected a target column; got 'reel'; try 'real' (one of 'a', 'real')."
    )
