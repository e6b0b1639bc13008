"""How tables of text are written: separators, decimals, headers, encodings, compressions."""

import bz2
import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from onward.streams import open_file

from .writing import message_of, read, table, write

NAN = np.nan


@pytest.mark.parametrize("name", ["data.csv", "data.tsv", "data.txt"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_found_out(tmp_path: Path, separator: str, name: str) -> None:
    path = table(tmp_path, separator, a=range(3), y=[1, 2, 3]).rename(tmp_path / name)
    for given in (None, separator, "tab" if separator == "\t" else separator):
        info, rows = read(path, separator=given)
        assert info.feature_names == ("a",) and rows.x.tolist() == [[0], [1], [2]]


NUMBERS = {
    "a decimal comma": (";", ["1,5", "-2,25", "3", "1e-1"], {}, [1.5, -2.25, 3, 0.1]),
    "a quoted decimal comma": (",", ['"1,5"', '"2,25"', "3"], {}, [1.5, 2.25, 3]),
    "parted by points": (";", ["1.234,5", "1.234.567", "8"], {}, [1234.5, 1234567, 8]),
    "parted by commas": (",", ['"1,234"', '"1,234,567.5"', "8"], {}, [1234, 1234567.5, 8]),
    "parted by blanks": (",", ["1 234.5", "12\u00a0345", "8"], {}, [1234.5, 12345, 8]),
    "parted by dashes": (",", ["1'234.5", "12'345", "8"], {}, [1234.5, 12345, 8]),
    "a currency": (",", ['"$1,234.50"', "-$2", "$ 3"], {}, [1234.5, -2, 3]),
    "a currency behind": (";", ["1,5 €", "2 €", "3€"], {}, [1.5, 2, 3]),
    "percent": (",", ["1.5%", "2 %", "3%"], {}, [1.5, 2, 3]),
    "another minus": (",", ["−1.5", "2", "3"], {}, [-1.5, 2, 3]),
    "three decimals": (";", ["1,234", "2,345", "3,456"], {}, [1.234, 2.345, 3.456]),
    "said to be a point": (";", ["1,234", "2,345"], {"decimal": "."}, [1234, 2345]),
    "said to be a comma": (",", ['"1,234"', '"2,345"'], {"decimal": ","}, [1.234, 2.345]),
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_are_read_as_they_are_written(tmp_path: Path, kind: str) -> None:
    separator, cells, options, expected = NUMBERS[kind]
    _, rows = read(table(tmp_path, separator, a=cells, y=range(len(cells))), **options)
    np.testing.assert_array_equal(rows.x[:, 0], np.float32(expected))


def test_what_was_read_so_is_told(tmp_path: Path) -> None:
    path = table(tmp_path, ";", a=["1,5", "2,5"], b=["1.234", "2.345"], c=["3 %", "4 %"])
    assert read(path)[0].warnings == (
        "Read ',' as the decimal mark.",
        "Read '.' in 'b' as a mark for thousands.",
        "Read the numbers of 'c' without their '%'.",
    )
    assert read(path, decimal=",")[0].warnings[0].startswith("Read '.' in 'b'")


def test_two_currencies_are_no_numbers(tmp_path: Path) -> None:
    info, _ = read(table(tmp_path, a=["$1", "€2", "$3"], b=[1, 2, 3]))
    assert info.feature_names == ("b",)


def test_names_are_trimmed(tmp_path: Path) -> None:
    path = write(tmp_path, "time, temp , load\n2020-01-01, 1.5, 2.5\n2020-01-02, 2.5, 3.5\n")
    assert read(path, "load")[0].feature_names == ("temp",)


def test_names_may_hold_commas(tmp_path: Path) -> None:
    path = write(tmp_path, '"temp, in","b,c",y,z\n1,2,3.5,4\n2,3,4.5,5\n3,4,5.5,6\n')
    assert read(path, "temp, in", task="regression")[0].target_names == ("temp, in",)
    assert read(path, "y, z")[0].target_names == ("y", "z")
    assert read(path, "y,temp, in")[0].target_names == ("y", "temp, in")
    assert read(path, features="temp, in,b,c")[0].feature_names == ("temp, in", "b,c")
    assert read(path, features=["b,c"])[0].feature_names == ("b,c",)


def test_no_header(tmp_path: Path) -> None:
    path = write(tmp_path, "1,2,3.5\n4,5,6.5\n7,8,9.5\n")
    info, rows = read(path, "column 3", header=False)
    assert info.feature_names == ("column 1", "column 2") and len(rows.x) == 3
    assert read(path, "3.5")[0].warnings == (
        "The header looks like data, as its cells are numbers: if it is, try header=False "
        "(--no-header).",
    )
    assert message_of(write(tmp_path, "1,1,2\n3,4,5\n"), "2") == (
        "Expected every column name once; got '1' more than once; try header=False (--no-header)."
    )


def test_empty_columns_and_rows_at_the_end_go(tmp_path: Path) -> None:
    info, rows = read(write(tmp_path, "a,y,,\n1,2.5,,\n2,,,\n,,,\n,,,\n"))
    assert info.length == 2 and rows.y.tolist()[0] == [2.5]
    assert info.warnings[:2] == (
        "Left out 2 rows at the end of the file without any value.",
        "Left out 'column 3', 'column 4': no value in any row.",
    )
    # Columns without a name, but with values, stay.
    info, _ = read(write(tmp_path, "a,y,\n1,2.5,3\n2,3.5,4\n"))
    assert info.feature_names == ("a", "column 3")


def test_rows_that_are_longer_than_the_header(tmp_path: Path) -> None:
    info, rows = read(write(tmp_path, "a,y\n1,2.5,\n2,3.5,\n"))
    assert info.feature_names == ("a",) and rows.x.tolist() == [[1], [2]]
    info, rows = read(write(tmp_path, "a,y\nr1,1,2.5\nr2,2,3.5\n"))
    assert info.feature_names == ("a",) and rows.x.tolist() == [[1], [2]]


def test_lines_before_the_header(tmp_path: Path) -> None:
    for before in ("\n \n", "sep=;\r\n"):
        _, rows = read(write(tmp_path, f"{before}a;y\n1;2.5\n2;3.5\n"))
        assert rows.x.tolist() == [[1], [2]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("is_late", [False, True])
def test_encodings_are_found_out(tmp_path: Path, encoding: str, is_late: bool) -> None:
    names = ("a", "c") if is_late else ("größe", "c")
    text = ",".join((*names, "y\n")) + "1,x,2.5\n" * 3000 + "2,süß,3.5\n" * 2
    info, _ = read(write(tmp_path, text.encode(encoding)))
    assert info.feature_names == (names[0], "c=x", "c=süß")
    assert any("Windows-1252" in note for note in info.warnings) == (encoding == "latin-1")


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def test_compressed_files(tmp_path: Path) -> None:
    text = b"a\ty\n1\t2.5\n2\t3.5\n"
    zstd: bytes = pa.Codec("zstd").compress(text, asbytes=True)
    packed = {"gz": gzip.compress(text), "bz2": bz2.compress(text), "zst": zstd}
    for ending, content in packed.items():
        path = write(tmp_path, content, f"data.tsv.{ending}")
        assert read(path)[1].x.tolist() == [[1], [2]]
        assert open_file(path, "y").info.name == "data"
    for name in ("data.zip", "data.tsv.zip"):
        path = write(tmp_path, zipped(**{"in/one.tsv": text, "__MACOSX/._one.tsv": b"x"}), name)
        assert read(path)[1].x.tolist() == [[1], [2]]


def test_archives_that_cannot_be_read(tmp_path: Path) -> None:
    path = write(tmp_path, zipped(**{"a.csv": b"x", "b.csv": b"x"}), "data.zip")
    assert message_of(path) == (
        "Expected one file in a zip archive; got 'a.csv', 'b.csv' in data.zip; try unpacking it."
    )
    path = write(tmp_path, zipped(**{"a.parquet": b"x"}), "data.zip")
    assert "which holds a file ending in '.parquet'" in message_of(path)
    assert message_of(write(tmp_path, b"abc", "data.zip")).startswith(
        "Expected a zip archive; got "
    )
    for ending in ("gz", "bz2", "zst"):
        path = write(tmp_path, b"a,y\n1,2\n", f"data.csv.{ending}")
        assert message_of(path).startswith("Expected a readable CSV file; got data.csv.")
    path = write(tmp_path, b"PK\x03\x04\0\0")
    assert message_of(path).startswith("Expected a file of text; got other bytes in data.csv; ")


def test_air_quality_in_its_original_form(tmp_path: Path) -> None:
    """Semicolons, decimal commas, -200 for missing, and what Excel leaves at the end."""
    hours = pd.date_range("2004-03-10 18:00", periods=120, freq="h")
    level = np.random.default_rng(0).uniform(0.5, 3, 120).round(1)
    level[::6] = -200
    lines = ["Date;Time;CO(GT);PT08.S1(CO);T;;"]
    for hour, co in zip(hours, level, strict=True):
        co = f"{co:g}".replace(".", ",")
        lines.append(f"{hour:%d/%m/%Y};{hour:%H.%M.%S};{co};{1000 + hour.hour};{hour.hour},25;;")
    path = write(tmp_path, "\r\n".join([*lines, *[";" * 6] * 9, ""]))
    told = (
        "Read ',' as the decimal mark.",
        "Left out 9 rows at the end of the file without any value.",
        "Left out 'column 6', 'column 7': no value in any row.",
        "Took 'Date' and 'Time' together as the time of the rows.",
    )
    code = (
        "-200 in 17 % of 'CO(GT)', far from the rest: if it means missing, try "
        "missing_codes='-200' (--missing-code=-200)."
    )
    info, _ = read(path, "CO(GT)")
    assert info.warnings == (*told, code)
    info, rows = read(path, "CO(GT)", missing_codes=-200)
    assert (info.task, info.length, info.warnings) == ("regression", 120, told)
    assert info.feature_names == ("PT08.S1(CO)", "T") and rows.time is not None
    np.testing.assert_array_equal(rows.y[:, 0], np.float32(np.where(level == -200, NAN, level)))
    np.testing.assert_array_equal(rows.x, np.float32([1000, 0.25]) + hours.hour.to_numpy()[:, None])
    np.testing.assert_array_equal(rows.time, hours.to_numpy("datetime64[us]"))


def test_a_cell_that_is_out_of_place_is_named(tmp_path: Path) -> None:
    path = table(tmp_path, a=range(60), y=[*[0.5, 1.5] * 29, 2.5, "oops"])
    assert "got 'oops' in row 60" in message_of(path)
    (note,) = read(path, task="classification")[0].warnings
    assert note.startswith("'oops' in the target 'y', row 60, is learnt as a class, ")
    path = table(tmp_path, a=range(60), y=[*["true", "false"] * 29, "true", "maybe"])
    assert "Expected truth values in the column 'y'; got 'maybe' in row 60" in message_of(path)
    path = write(tmp_path, "a,y\n" + "1,2.5\n" * 60 + "1,2,3\n")
    assert "Row #62: Expected 2 columns, got 3: 1,2,3" in message_of(path)


def test_a_wide_file_is_read_in_few_pieces(tmp_path: Path) -> None:
    """Every piece costs calls for each of its columns; dates are asked of none of them."""
    from onward.streams.files import text_survey

    frame = pd.DataFrame(np.arange(300 * 700).reshape(300, 700) / 8)
    frame.columns = [f"s{column}" for column in range(700)]
    frame.to_csv(tmp_path / "wide.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_survey, "moment_forms", None)
        stream = open_file(tmp_path / "wide.csv", "s699")
    assert len(stream.info.feature_names) == 699
    assert len(list(stream.table.batches(["s0"], 0))) == 1
