import pytest

from onward.streams import StreamError
from onward.streams.errors import as_names, listed, nearest, one_of, stream_error


def test_complaints_have_one_form() -> None:
    error = stream_error("A", "B", "C")
    assert isinstance(error, StreamError) and isinstance(error, ValueError)
    assert str(error) == "Expected A; got B; try C."


def test_long_lists_are_cut() -> None:
    assert listed(["a", "b"]) == "'a', 'b'"
    assert listed(map(str, range(14))).endswith("'11' and 2 more")


def test_near_misses_ignore_case() -> None:
    assert nearest("Temprature", ["pressure", "temperature"]) == ("temperature",)
    assert nearest("zzz", ["pressure", "temperature"]) == ()
    assert one_of("OTT", ["OT", "LULL"]) == "'OT' (one of 'OT', 'LULL')"
    assert one_of("zzz", ["OT", "LULL"]) == "one of 'OT', 'LULL'"


def test_names_may_be_one_or_several() -> None:
    assert as_names("a", "target") == ("a",)
    assert as_names(["a", "b"], "target") == ("a", "b")


def test_no_name_is_refused() -> None:
    message = "^Expected at least one feature column; got an empty list; try naming a feature"
    with pytest.raises(StreamError, match=message):
        as_names([], "feature")


def test_a_name_given_twice_is_refused() -> None:
    message = r"^Expected each target column once; got 'a' twice; try removing the repetition\.$"
    with pytest.raises(StreamError, match=message):
        as_names(["a", "b", "a"], "target")
