"""Lines as rows, and what is no row."""

import pytest

from onward.streams import StreamError
from onward.streams.live.pipe import Pipe
from onward.streams.live.row_reader import Row, RowReader


def rows(reader: RowReader, text: str) -> list[Row]:
    read = (reader.row(line) for line in text.encode().split(b"\n"))
    return [row for row in read if row is not None]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_header_tells_the_separator(separator: str) -> None:
    reader = RowReader()
    text = "\ufeffa,b c,d\r\n1, x ,\r\n\r\n,-2e3,NA".replace(",", separator)
    assert rows(reader, text) == [("1", "x", None), (None, "-2e3", "NA")]
    assert (reader.names, reader.kind, reader.notes) == (("a", "b c", "d"), "CSV", [])


def test_quotes_hold_separators() -> None:
    assert rows(RowReader(), 'a,b\n"1,5","say ""so"""') == [("1,5", 'say "so"')]


def test_an_empty_line_is_a_missing_cell_of_a_single_column() -> None:
    assert rows(RowReader(), "a\n1\n\n2") == [("1",), (None,), ("2",)]


def test_without_a_header_the_first_line_is_a_row() -> None:
    reader = RowReader(header=False)
    assert rows(reader, "1,2\n3,4") == [("1", "2"), ("3", "4")]
    assert reader.names == ("column 1", "column 2")


def test_objects_are_rows_by_the_names_of_the_first() -> None:
    reader = RowReader()
    text = '{"a": 0.1, "b": true, "c": " x "}\n{"c": null, "b": NaN, "d": 1}\n{"a": 3}'
    assert rows(reader, text) == [("0.1", "true", "x"), (None, None, None), ("3", None, None)]
    assert reader.kind == "JSON lines"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1,2,3", "3 cells for 2 columns"),
        ("1", "1 cells for 2 columns"),
        ('"1,2', "unexpected end of data"),
    ],
)
def test_lines_of_csv_that_are_no_rows_are_counted(line: str, reason: str) -> None:
    reader = RowReader()
    assert rows(reader, f"a,b\n1,2\n{line}\n3,4\n{line}") == [("1", "2"), ("3", "4")]
    assert reader.notes == [f"Passed over 2 lines that are no rows; the first is line 3: {reason}."]


@pytest.mark.parametrize("line", ['{"a": [1]}', "[1]", '{"a": 1', "[" * 100_000, '{"a": {}}'])
def test_lines_of_json_that_are_no_rows_are_counted(line: str) -> None:
    reader = RowReader()
    assert rows(reader, f'{{"a": 1}}\n{line}\n{{"a": 2}}') == [("1",), ("2",)]
    assert reader.bad == 1
    assert reader.notes[0].startswith("Passed over 1 line that is no row; the first is line 2: ")


def test_bytes_that_are_no_text_are_counted() -> None:
    reader = RowReader()
    assert [reader.row(line) for line in (b"a,b", b"\xff,1", b"1,2")] == [None, None, ("1", "2")]
    assert reader.bad == 1


def test_a_header_with_a_name_twice_is_refused() -> None:
    with pytest.raises(StreamError, match=r"^Expected every column name once; got 'a'"):
        rows(RowReader(), "a,a\n1,2")


def test_a_pipe_hands_over_whole_lines_as_they_come() -> None:
    blocks = iter([b"a,b\n1,", b"2\n3,4\n5", b",6"])
    pipe, lines = Pipe(lambda: next(blocks, b"")), []
    while not pipe.ended:
        lines.append(pipe.lines(5))
    assert lines == [[b"a,b"], [b"1,2", b"3,4"], [], [b"5,6"]]
    assert pipe.lines(5) == []


def test_a_source_that_breaks_is_at_its_end() -> None:
    def broken() -> bytes:
        raise OSError

    pipe = Pipe(broken)
    assert pipe.lines(5) == [] and pipe.ended
