"""Rows of anybody's on standard input: taken, passed over, or refused in words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onward.runs import RunConfig
from onward.runs.live import open_input
from onward.streams import StreamError
from onward.streams.live import Pipe
from tests.hostile import asked, contents, drawn, in_words


@drawn(100)
@given(contents, asked(), st.integers(1, 200))
def test_rows_that_come_are_taken_or_refused_in_words(
    content: bytes, said: dict[str, Any], size: int
) -> None:
    pieces = iter([content[at : at + size] for at in range(0, len(content), size)])
    told = {name: tuple(one) if isinstance(one, list) else one for name, one in said.items()}
    told["target"] = (told["target"],) if isinstance(told["target"], str) else told["target"]
    classes = ("0", "1") if said.get("task") == "classification" else None
    with in_words():
        config = RunConfig("-", **told, classes=classes)
        stream = open_input(config, Pipe(lambda: next(pieces, b"")), None, lambda: False)
        rows = 0
        while not stream.ended:
            chunk = stream.take((3, 1))
            rows += 0 if chunk is None else len(chunk.x)
        assert rows >= 1


@pytest.mark.parametrize("separator", ["tab", "\\t", "\t"])
def test_what_separates_rows_that_come_is_said_as_of_a_file(separator: str) -> None:
    pieces = iter([b"a,b\ty\n1\t2\n"])
    config = RunConfig("-", target=("y",), separator=separator)
    stream = open_input(config, Pipe(lambda: next(pieces, b"")), None, lambda: False)
    assert stream.info.feature_names == ("a,b",)


@pytest.mark.parametrize("separator", ["xx", "ß", '"', "\0"])
def test_what_cannot_separate_is_refused(separator: str) -> None:
    config = RunConfig("-", target=("y",), separator=separator)
    with pytest.raises(StreamError, match=r"^Expected a separator of one ASCII character; got "):
        open_input(config, Pipe(lambda: b""), None, lambda: False)
