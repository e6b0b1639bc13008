from pathlib import Path

import pytest

from onward.streams import StreamError, open_file

from ..catalogue import write_csv


def message_of(path: Path, target: str | None = "y") -> str:
    with pytest.raises(StreamError) as error:
        open_file(path, target)
    return str(error.value)


def test_without_a_target_the_columns_are_listed(tmp_path: Path) -> None:
    assert message_of(write_csv(tmp_path, 20), None) == (
        "Expected the name of a target column of example.csv; got none; "
        "try one of 'date', 'level', 'count', 'open', 'kind', 'price'."
    )


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    missing = tmp_path / "other.csv"
    start = f"Expected an existing file; got {missing}, which does not exist; try "
    assert message_of(missing) == start + "the path of a file."
    write_csv(tmp_path, 20)
    assert message_of(missing) == start + "a file of that folder: 'example.csv'."
    path = write_csv(tmp_path, 20, "othr.csv.gz")
    assert message_of(missing) == start + f"'{path}'."


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "data.csv"
    assert message_of(path) == (
        f"Expected an existing file; got {path}, whose folder does not exist; try its path."
    )


def test_another_extension_is_refused(tmp_path: Path) -> None:
    for name in ("data.docx", "data.parquet.gz", "data"):
        path = tmp_path / name
        path.write_text("a")
        assert message_of(path) == (
            "Expected a file ending in .csv, .tsv, .txt, .json, .jsonl, .ndjson, .arff, .parquet, "
            ".npz, .npy, .feather, .arrow, .xlsx (.csv, .tsv, .txt, .json, .jsonl, .ndjson, .arff "
            f"also with .gz, .bz2, .zst, .zip behind); got {name!r}; try saving it as one of these."
        )


@pytest.mark.parametrize("name", ["data.csv", "data.parquet", "data.npz"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.touch()
    assert message_of(path) == (
        f"Expected a file with rows; got {name}, which is empty; try another file."
    )


@pytest.mark.parametrize(
    ("option", "what"),
    [
        ({"separator": ";"}, "a separator"),
        ({"decimal": ","}, "a decimal mark"),
        ({"header": False}, "no header"),
    ],
)
def test_what_says_nothing_about_a_file_is_refused(tmp_path: Path, option, what: str) -> None:
    path = tmp_path / "data.npz"
    path.write_text("a")
    with pytest.raises(StreamError) as error:
        open_file(path, "y", **option)
    assert str(error.value) == (
        f"Expected {what} for a table of text; got one for data.npz, whose columns and numbers are "
        "marked otherwise; try leaving it out."
    )
