"""What counts as missing, and what looks as if it should."""

from pathlib import Path

import numpy as np
import pytest

from .writing import message_of, read, table

NAN = np.nan
RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("share", [0.03, 0.4, 0.9])
@pytest.mark.parametrize("mark", ["?", "-", "missing"])
def test_one_repeated_mark_among_numbers_is_missing(
    tmp_path: Path, mark: str, share: float
) -> None:
    count = int(100 * share)
    cells = [mark] * count + list(range(100 - count))
    info, rows = read(table(tmp_path, a=cells))
    assert info.warnings == (f"Took {mark!r}, in {count} % of 'a', for missing.",)
    np.testing.assert_array_equal(rows.x[:, 0], [NAN] * count + list(range(100 - count)))
    info, rows = read(table(tmp_path, a=RANDOM.permutation(100), y=cells))
    assert (info.task, info.warnings) == (
        "classification" if share == 0.9 else "regression",
        (f"Took {mark!r}, in {count} % of 'y', for missing.",),
    )
    assert np.isnan(rows.y[:, 0]).sum() == count


def test_several_marks_and_single_words_are_refused(tmp_path: Path) -> None:
    message = "Expected numbers in the column 'a'; got {!r} in row {} "
    for cells, cell, row in (
        (["?", "lost"] * 5 + list(range(8)), "?", 1),
        (["?", "lost"] * 5 + list(range(40)), "?", 1),
        ([*range(8), "lost"], "lost", 9),
    ):
        assert message_of(table(tmp_path, a=cells)).startswith(message.format(cell, row))


def test_a_word_among_classes_is_one_if_classes_are_asked_for(tmp_path: Path) -> None:
    path = table(tmp_path, a=range(40), y=[0, 1, 2, "other"] * 10)
    assert read(path)[0].class_names == ("0", "1", "2")
    assert read(path, task="classification")[0].class_names == ("0", "1", "2", "other")
    path = table(tmp_path, a=range(40), y=[0, 1, 2, "?"] * 10)
    assert read(path, task="classification")[0].class_names == ("0", "1", "2")


def test_words_for_missing_are_values_of_text(tmp_path: Path) -> None:
    path = table(tmp_path, a=range(40), y=["None", "low", "", "nan"] * 10)
    info, rows = read(path)
    assert info.class_names == ("None", "low")
    np.testing.assert_array_equal(rows.y[:4, 0], [0, 1, NAN, NAN])
    assert info.warnings == (
        "'None' in 25 % of 'y' is a value like others; if it means missing, try "
        "missing_codes='None' (--missing-code=None).",
        "Took 'nan' in 'y' for missing.",
    )
    assert message_of(path, missing_codes="None").startswith("Expected at least 2 classes")


def test_signs_are_classes(tmp_path: Path) -> None:
    info, _ = read(table(tmp_path, a=range(20), y=["+", "-"] * 10))
    assert info.class_names == ("+", "-") and info.warnings == ()


def test_a_column_without_a_value_is_left_out(tmp_path: Path) -> None:
    path = table(tmp_path, a=range(9), b=[""] * 9, c=["NA"] * 9, d=["?"] * 9)
    for features in (None, ["a", "b", "c", "d"]):
        info, _ = read(path, features=features)
        assert info.feature_names == ("a",)
        assert info.warnings == ("Left out 'b', 'c', 'd': no value in any row.",)
    assert message_of(path, features=["b", "d"]).startswith("Expected features with values; got ")


def test_codes_are_compared_as_numbers_and_as_text(tmp_path: Path) -> None:
    path = table(tmp_path, a=[1, "-200.0", "-200", 4] * 5, c=["x", "-200", "z", "?"] * 5)
    info, rows = read(path, missing_codes=(-200, "?"))
    np.testing.assert_array_equal(rows.x[:4, 0], [1, NAN, NAN, 4])
    assert info.feature_names == ("a", "c=x", "c=z")
    np.testing.assert_array_equal(rows.x[:4, 1:], [[1, 0], [0, 0], [0, 1], [0, 0]])


def test_codes_of_other_files(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    values = np.array([1, -200, 3, 4.1], np.float32)
    np.savez(tmp_path / "a.npz", a=values, y=np.arange(4.0))
    columns = {"a": pa.array(values), "w": ["x", "?", "x", "?"], "y": np.arange(4) + 0.5}
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    for name in ("a.npz", "a.parquet"):
        _, rows = read(tmp_path / name, features="a", missing_codes=["-200", "4.1", "?"])
        np.testing.assert_array_equal(rows.x[:, 0], [1, NAN, 3, NAN])


def told(folder: Path, cells) -> list[str]:
    warnings = read(table(folder, a=cells))[0].warnings
    return [one for one in warnings if "far from the rest" in one]


def test_a_number_that_looks_like_a_code_is_told(tmp_path: Path) -> None:
    values = list(np.random.default_rng(0).normal(20, 5, 100).round(2))
    (note,) = told(tmp_path, [-200] * 15 + values[:85])
    assert note == (
        "-200 in 15 % of 'a', far from the rest: if it means missing, try missing_codes='-200' "
        "(--missing-code=-200)."
    )
    for code in ("-999", "9999", "999.9", "-99", "1e+20"):
        (note,) = told(tmp_path, [code] * 3 + values)
        assert note.startswith(f"{code} in 2.9 % of 'a'")
    notes = told(tmp_path, [-999] * 5 + [-9999] * 5 + [9999] * 5 + values)
    assert [note.split()[0] for note in notes] == ["-9999", "-999", "9999"] or len(notes) == 3
    # The only number below zero, where the others lie far apart.
    (note,) = told(tmp_path, [-200] * 15 + list(range(2, 1500, 10)))
    assert note.startswith("-200 in 9.1 % of 'a'")
    # The only whole number below zero, among fractions.
    (note,) = told(tmp_path, [-1] * 15 + [value / 7 for value in range(1, 86)])
    assert note.startswith("-1 in 15 % of 'a'")


def test_text_among_numbers_is_shown_where_there_is_too_much_of_it(tmp_path: Path) -> None:
    """As accountants write what is below zero."""
    cells = [f"({row}.5)" if row % 2 else f"{row}.5" for row in range(300)]
    assert message_of(table(tmp_path, a=range(300), y=cells)).startswith(
        "Expected at most 100 classes in the target 'y'; got more than 100 different values, as "
        "'(1.5)' among numbers; try another target"
    )
    info, _ = read(table(tmp_path, a=cells))
    assert "Left out 'a': text, as '(1.5)' among numbers." in info.warnings


@pytest.mark.parametrize(
    "cells",
    [
        [0, 1] * 50,
        [-1, 0, 1] * 30,
        [-1] * 9 + list(range(90)),
        [0] * 60 + [value / 7 for value in range(1, 60)],
        [1023] * 20 + list(range(900, 1023)),
        [*range(100), 5000],
    ],
    ids=["classes", "signs", "whole numbers", "zeros", "clipped", "an outlier"],
)
def test_other_numbers_are_no_codes(tmp_path: Path, cells: list[float]) -> None:
    assert told(tmp_path, cells) == []


def test_codes_that_are_missing_are_not_told(tmp_path: Path) -> None:
    path = table(tmp_path, a=[-200] * 15 + [value / 3 for value in range(85)])
    assert read(path, missing_codes=-200)[0].warnings == ()
