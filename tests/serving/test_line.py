"""First in, first out, and what happens when too much comes."""

import threading

import pytest

from onward.serving.line import Closed, Line


def test_it_keeps_the_order_and_refuses_or_drops_when_full() -> None:
    refusing, dropping = Line(2, "refuse"), Line(2, "drop oldest")
    assert [refusing.put(lambda n=n: n) for n in (10, 20, 30)] == [10, 20, None]
    assert [dropping.put(lambda n=n: n) for n in (10, 20, 30)] == [10, 20, 30]
    assert [refusing.take(), refusing.take()] == [10, 20]
    assert [dropping.take(), dropping.take()] == [20, 30]
    assert refusing.refused == 1 and dropping.dropped == {int: 1}


def test_who_refuses_makes_nothing() -> None:
    made = []
    line = Line(1, "refuse")
    line.put(lambda: made.append(1) or 1)
    line.put(lambda: made.append(2) or 2)
    assert made == [1]


def test_one_that_blocks_waits_for_room_and_no_longer_than_told() -> None:
    line = Line(1, "block")
    line.put(lambda: 1)
    assert line.put(lambda: 2, timeout=0.01) is None and line.refused == 1
    waiting = threading.Thread(target=line.put, args=(lambda: 3,))
    waiting.start()
    assert line.take(5) == 1 and line.take(5) == 3
    waiting.join(5)
    assert not waiting.is_alive()


def test_what_waits_is_still_taken_after_it_is_closed() -> None:
    line = Line(1, "block")
    line.put(lambda: 1)
    failed = []

    def put() -> None:
        try:
            line.put(lambda: 2)
        except Closed:
            failed.append(True)

    waiting = threading.Thread(target=put)
    waiting.start()
    line.close()
    waiting.join(5)
    assert failed == [True] and line.take() == 1
    with pytest.raises(Closed):
        line.take()


def test_without_bound_nobody_waits() -> None:
    line = Line(1, "block")
    line.unbind()
    assert [line.put(lambda n=n: n) for n in range(5)] == list(range(5)) and len(line) == 5
    with pytest.raises(TimeoutError):
        Line(1, "block").take(0.01)
