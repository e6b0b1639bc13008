import sys
from pathlib import Path

import pytest

from onward.streams import (
    Cortex,
    DelayedRecall,
    Lorenz,
    MackeyGlass,
    RiverSet,
    Sine,
    StreamError,
    builtin_streams,
    open_stream,
)

from .catalogue import write_csv


def test_names_open_what_they_say() -> None:
    assert open_stream("sine", seed=4) == Sine(seed=4)
    assert open_stream("lorenz", seed=4) == Lorenz(seed=4)
    assert open_stream("mackey-glass", seed=4) == MackeyGlass(seed=4)
    assert open_stream("cortex", seed=4) == Cortex(seed=4)
    assert open_stream("delayed-recall", seed=4) == DelayedRecall(seed=4)
    assert open_stream("phishing") == RiverSet("phishing")


def test_every_listed_stream_opens_and_is_as_listed() -> None:
    for listed in builtin_streams():
        info = open_stream(listed.name).info
        assert (info.name, info.task, info.length) == (listed.name, listed.task, listed.rows)
        assert len(info.feature_names) == listed.features
        assert len(info.target_names) == listed.targets
        assert info.origin == listed.origin and listed.note == ""


def test_without_river_its_streams_are_listed_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "river", None)
    notes = {stream.name: stream.note for stream in builtin_streams()}
    assert notes["water-flow"] == "needs pip install river"
    assert notes["sine"] == ""
    assert len(notes) == 12


def test_a_path_opens_a_file(tmp_path: Path) -> None:
    path = write_csv(tmp_path, 20)
    for given in (path, str(path)):
        stream = open_stream(given, target="kind", features=["level"], task="classification")
        assert stream.info.name == "example" and stream.info.task == "classification"
        assert stream.info.feature_names == ("level",)


def test_an_unknown_name_is_refused_with_near_misses() -> None:
    with pytest.raises(StreamError) as error:
        open_stream("mackey_glas")
    assert str(error.value) == (
        "Expected a built-in stream or the path of a file; got 'mackey_glas'; try 'mackey-glass' "
        "(one of 'sine', 'lorenz', 'mackey-glass', 'cortex', 'delayed-recall', "
        "'airline-passengers', 'bananas', 'chick-weights', 'image-segments', 'phishing', "
        "'trump-approval', 'water-flow'), or the path of a file."
    )


def test_a_missing_path_is_refused_with_near_misses(tmp_path: Path) -> None:
    path = write_csv(tmp_path, 20)
    with pytest.raises(StreamError) as error:
        open_stream(tmp_path / "exmple.csv", target="price")
    assert str(error.value) == (
        f"Expected an existing file; got {tmp_path / 'exmple.csv'}, which does not exist; "
        f"try '{path}'."
    )


def test_the_form_of_a_built_in_stream_cannot_be_said() -> None:
    with pytest.raises(StreamError) as error:
        open_stream("sine", missing_codes=-1, reverse=True)
    assert str(error.value) == (
        "Expected what is said of a file's form with a file; got missing_codes, reverse for the "
        "built-in stream 'sine'; try leaving it out."
    )


def test_a_name_with_commas_stands_for_several() -> None:
    assert open_stream("lorenz", target="x,z").info.target_names == ("x", "z")
