"""What stands above the header of a table: titles and remarks."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from .writing import message_of, read, write

ROWS = "".join(f"{row}.5,{row}.25\n" for row in range(20))
ABOVE = {
    "a title": ("Report 2024\n", "'Report 2024'"),
    "a title and an empty line": ("Report 2024\n\n", "'Report 2024'"),
    "remarks": ("# logger 3\n#\n", "'# logger 3', '#'"),
    "a remark with commas": ("# logger, 3, V\n", "'# logger,3,V'"),
    "a line that is quoted": ('"two\nlines"\n', r"'two\nlines'"),
}


@pytest.mark.parametrize("kind", ABOVE)
@pytest.mark.parametrize("names", ["a,y", "#a,y"])
def test_lines_above_the_header_are_passed_over(tmp_path: Path, kind: str, names: str) -> None:
    above, listed = ABOVE[kind]
    info, rows = read(write(tmp_path, f"{above}{names}\n{ROWS}", "data.csv"))
    assert info.feature_names == (names.split(",")[0],) and info.length == 20
    np.testing.assert_array_equal(rows.x[:, 0], np.arange(20) + 0.5)
    count = "2 lines" if kind == "remarks" else "1 line"
    assert info.warnings == (f"Passed over {count} above the header: {listed}.",)


@pytest.mark.parametrize(
    ("text", "features"),
    [
        (f"#a,y\n{ROWS}", ("#a",)),
        (f"\n \na,y\n{ROWS}", ("a",)),
        # As R writes one column, and several.
        ("y\n" + "".join(f'"{row}",{row}.5\n' for row in range(20)), ()),
        ("a,y\n" + "".join(f'"{row}",{row}.5,{row}.25\n' for row in range(20)), ("a",)),
        ("y\n" + "".join(f"{row}.5\n" for row in range(20)), ()),
        ("a,y\n,\n,\n" + ROWS, ("a",)),
    ],
)
def test_other_headers_are_none(tmp_path: Path, text: str, features: tuple[str, ...]) -> None:
    info, _ = read(write(tmp_path, text, "data.csv"))
    assert info.feature_names == features
    assert not any(note.startswith("Passed over") for note in info.warnings)


def test_a_title_of_a_sheet_is_passed_over(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    rows = [["Report", None, None], [None, None, None], ["a", "y", None]]
    rows += [[row + 0.5, row + 0.25, None] for row in range(20)]
    pd.DataFrame(rows).to_excel(tmp_path / "data.xlsx", header=False, index=False)
    info, found = read(tmp_path / "data.xlsx")
    assert info.feature_names == ("a",) and found.x[:2].tolist() == [[0.5], [1.5]]
    assert info.warnings[0] == "Passed over 1 line above the header: 'Report'."


@pytest.mark.parametrize("between", [" ", "   "])
def test_blanks_between_columns_are_told(tmp_path: Path, between: str) -> None:
    path = write(tmp_path, f"a y\n{ROWS}".replace(",", between), "data.txt")
    assert message_of(path) == (
        "Expected columns separated by a comma, semicolon, tab or bar; got one column 'a y', "
        "perhaps separated by spaces; try ' ' as the separator if it is one space each, or "
        "separating them by commas."
    )
    if between == " ":
        assert read(path, separator=" ")[0].feature_names == ("a",)


def test_one_column_of_two_words_is_one(tmp_path: Path) -> None:
    text = "full name\n" + "ann lee\nbob ray\n" * 9
    info, _ = read(write(tmp_path, text, "data.csv"), "full name")
    assert info.class_names == ("ann lee", "bob ray")
