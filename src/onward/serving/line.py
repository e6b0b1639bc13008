"""A line of things that wait for another thread, of bounded length."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Any, Literal, get_args

OnFull = Literal["block", "drop oldest", "refuse"]
ON_FULL = get_args(OnFull)


class Closed(Exception):
    """Nothing more can be put in or will come out."""


class Line:
    """First in, first out, between two threads or more.

    Args:
        capacity: how many may wait.
        on_full: whether who puts one more waits ("block"), whether the oldest makes room for it
            ("drop oldest"), or whether it stays outside ("refuse").

    Attributes:
        refused: how many stayed outside, after they had waited too.
        dropped: how many made room, by type.
    """

    def __init__(self, capacity: int, on_full: OnFull):
        self.capacity, self.on_full = capacity, on_full
        self._items: deque[Any] = deque()
        self._lock = threading.Lock()
        self._filled, self._freed = threading.Condition(self._lock), threading.Condition(self._lock)
        self._closed, self._bounded = False, True
        self.refused, self.dropped = 0, Counter[type]()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, make: Callable[[], Any], timeout: float | None = None) -> Any:
        """Add one at the end.

        Args:
            make: makes it, once there is room, while no other thread can put one in.
            timeout: the longest wait for room, in seconds; for ever if None.

        Returns:
            What was made; None where it stayed outside.

        Raises:
            Closed: the line was closed before there was room.
        """
        with self._lock:
            if self.on_full == "block":
                self._freed.wait_for(lambda: self._closed or self._has_room, timeout)
            if self._closed:
                raise Closed
            if not self._has_room:
                if self.on_full != "drop oldest":
                    self.refused += 1
                    return None
                self.dropped[type(self._items.popleft())] += 1
            item = make()
            self._items.append(item)
            self._filled.notify()
            return item

    def take(self, timeout: float | None = None) -> Any:
        """The one that has waited longest.

        Raises:
            Closed: the line is closed, and empty.
            TimeoutError: none came in time.
        """
        with self._lock:
            if not self._filled.wait_for(lambda: self._closed or self._items, timeout):
                raise TimeoutError
            if not self._items:
                raise Closed
            self._freed.notify()
            return self._items.popleft()

    def close(self) -> None:
        """Let nothing more in; what waits can still be taken."""
        with self._lock:
            self._closed = True
            self._filled.notify_all()
            self._freed.notify_all()

    def unbind(self) -> None:
        """Let in whatever comes from now on, so that nobody waits for room."""
        with self._lock:
            self._bounded = False
            self._freed.notify_all()

    @property
    def _has_room(self) -> bool:
        return len(self._items) < self.capacity or not self._bounded


def refuse_on_full(on_full: str, delay: int) -> None:
    """Raise ValueError for what nobody does when a line is full, or a learner cannot bear.

    Args:
        on_full: see `Line`.
        delay: of the learner, whose labels are told apart by their place in the stream.
    """
    if on_full not in ON_FULL:
        raise ValueError(
            f"Expected on_full to be one of {', '.join(ON_FULL)}; got {on_full!r}. Try "
            f"on_full={ON_FULL[0]!r}."
        )
    if delay and on_full != "block":
        raise ValueError(
            f"Expected a learner that can miss bins; got one with delay={delay}, whose labels "
            "would be those of other bins. Try on_full='block', or delay=0 and waiting=100."
        )
