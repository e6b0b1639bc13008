"""Events are counted in a bounded number of stretches, and none is lost."""

from onward.runs.events import MOST, Events

NONE = {"skipped": 0, "filled": 0, "restarts": 0}


def test_however_many_there_are_all_are_counted_in_few_stretches() -> None:
    events, before = Events(), NONE
    for chunk in range(5 * MOST):
        after = {**before, "skipped": before["skipped"] + 1, "filled": before["filled"] + 2}
        events.add(1000 * chunk, before, after)
        before = after
    told = events.as_list()
    assert len({event["row"] for event in told}) <= MOST
    for kind, count in (("skipped", 5 * MOST), ("missing", 10 * MOST)):
        assert sum(event["count"] for event in told if event["kind"] == kind) == count
    assert told[0]["row"] == 0


def test_a_stretch_without_events_is_not_told_and_what_is_kept_comes_back() -> None:
    events = Events()
    events.add(0, NONE, NONE)
    assert events.as_list() == []
    events.add(3000, NONE, {**NONE, "restarts": 1})
    again = Events()
    again.restore(events.state())
    assert again.as_list() == [{"row": 3000, "kind": "restarted", "count": 1}]
