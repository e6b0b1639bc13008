"""Channels matched across sessions by their labels."""

from collections.abc import Sequence

import numpy as np
import pytest

from onward.recordings import RecordingError, Session, matched


def session(name: str, channels: Sequence[str]) -> Session:
    """Counts that tell which channel they are of."""
    numbers = [float(channel.strip("e")) for channel in channels]
    counts = np.tile(numbers, (5, 1))
    fields = {"target_names": ("x",), "bin_s": 0.05, "start": np.arange(5) == 3}
    return Session(
        name, counts, np.ones((5, 1)), tuple(channels), scored=np.ones(5, bool), **fields
    )


def columns(made: Session) -> list[float]:
    return made.counts[0].tolist()


def test_95_channels_in_common_carry_a_decoder_of_97() -> None:
    first = session("one", [f"e{k}" for k in range(97)])
    # In another order, two missing.
    second = session("two", [f"e{k}" for k in reversed(range(2, 97))])
    a, b = matched([first, second])
    assert a is first and b.channels == first.channels
    np.testing.assert_array_equal(b.counts[:, 2:], first.counts[:, 2:])
    assert np.isnan(b.counts[:, :2]).all() and b.scored.all()
    assert b.start.tolist() == second.start.tolist()
    c, d = matched([first, second], "common")
    assert c.channels == d.channels == first.channels[2:] and columns(c) == columns(d)
    # A channel that the first lacks is dropped, unless the union is asked for.
    e, f = matched([second, first])
    assert e.channels == f.channels == second.channels
    g, h = matched([second, first], "union")
    assert g.channels == h.channels == (*second.channels, "e0", "e1")
    assert np.isnan(g.counts[:, 95:]).all() and columns(h)[-2:] == [0.0, 1.0]


def test_channels_can_be_given() -> None:
    (made,) = matched([session("one", ["e1", "e2"])], ["e9", "e2"])
    assert made.channels == ("e9", "e2")
    np.testing.assert_array_equal(made.counts[0], [np.nan, 2.0])


def test_sessions_without_a_common_channel_are_refused_by_name() -> None:
    one, two, three = (
        session("one", ["e1", "e2"]),
        session("two", ["e3"]),
        session("u", ["e2", "e3"]),
    )
    for channels in ("first", "common", "union"):
        with pytest.raises(RecordingError, match="channel in session 'two' that session 'one' has"):
            matched([one, two], channels)
    with pytest.raises(RecordingError, match="session 'one' that the channels asked for has"):
        matched([one], ["e7"])
    with pytest.raises(RecordingError, match="all of 'u', 'one', 'two' have; got none"):
        matched([three, one, two], "common")
    with pytest.raises(RecordingError, match="sessions to match; got none"):
        matched([])
