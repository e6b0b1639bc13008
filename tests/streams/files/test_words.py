"""Text as features."""

from pathlib import Path

import numpy as np

from .writing import message_of, read, table


def test_text_of_few_values_becomes_a_column_a_value(tmp_path: Path) -> None:
    path = table(tmp_path, a=range(8), c=["red", "blue", "", "green"] * 2)
    info, rows = read(path)
    assert info.feature_names == ("a", "c=red", "c=blue", "c=green")
    expected = [[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]]
    np.testing.assert_array_equal(rows.x[:, 1:], expected * 2)
    assert info.warnings == (
        "Text in 'c' became one feature for each value: 'c=red', 'c=blue', 'c=green'.",
    )
    assert read(path, features="c")[0].feature_names == ("c=red", "c=blue", "c=green")
    assert read(path, features=["c=green", "a"])[1].x[3].tolist() == [1, 3]


def test_text_of_a_target_is_no_feature(tmp_path: Path) -> None:
    path = table(tmp_path, a=range(8), y=["red", "blue"] * 4)
    assert read(path)[0].feature_names == ("a",)
    for leak in ("y", "y=red"):
        assert message_of(path, features=leak).startswith(
            f"Expected features that are no targets; got '{leak}"
        )


def test_other_text_is_left_out(tmp_path: Path) -> None:
    rows = range(42)
    path = table(
        tmp_path,
        a=rows,
        many=[f"m{row % 21}" for row in rows],
        few=[f"f{row % 20}" for row in rows],
        same=["s"] * 42,
    )
    info, _ = read(path)
    assert len(info.feature_names) == 21 and info.feature_names[1] == "few=f0"
    assert info.warnings[:2] == (
        "Left out 'many': text of more than 20 values.",
        "Left out 'same': it is always the same text.",
    )


def test_any_start_gives_the_same_indicators(tmp_path: Path) -> None:
    from onward.streams import open_file

    stream = open_file(table(tmp_path, c=["b", "a", "c"] * 4), "y")
    (whole,) = stream.chunks(12)
    for start in range(12):
        (part,) = stream.chunks(12, start)
        np.testing.assert_array_equal(part.x, whole.x[start:])
