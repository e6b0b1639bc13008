"""Lines that come through a pipe, as they come."""

import os
import queue
import threading
from collections.abc import Callable

BLOCK = 1 << 16
# Blocks that are held until somebody takes them; then whoever writes has to wait.
MOST_HELD = 64


class StandardInput:
    """Reads it block by block: what is there, or what comes first.

    Attributes:
        descriptor: by which the system knows it.
    """

    descriptor = 0

    def __call__(self) -> bytes:
        return os.read(self.descriptor, BLOCK)


class Pipe:
    """Lines from a source that may be silent for any time.

    A thread waits for the source, so that whoever takes the lines can do something else meanwhile.
    It begins when lines are asked for.

    Args:
        read: returns the next bytes as soon as there are any; none at the end. None reads
            standard input.
    """

    def __init__(self, read: Callable[[], bytes] | None = None):
        self._read = read or StandardInput()
        self._blocks: queue.Queue[bytes | Exception] = queue.Queue(MOST_HELD)
        self._rest = b""
        self.ended, self._reads = False, False

    def through(self, other: Callable[[Callable[[], bytes]], Callable[[], bytes]]) -> None:
        """Read by what `other` makes of the reading; called before lines are asked for."""
        self._read = other(self._read)

    def lines(self, seconds: float) -> list[bytes]:
        """The lines that are there, without waiting for more; none where none came in time.

        Args:
            seconds: how long to wait where nothing is there.

        Raises:
            Exception: what reading has raised, once all lines before it have been taken.
        """
        if self.ended:
            return []
        if not self._reads:
            self._reads = True
            threading.Thread(target=self._fill, daemon=True).start()
        try:
            block = self._blocks.get(timeout=seconds)
        except queue.Empty:
            return []
        self.ended = not block or isinstance(block, Exception)
        if isinstance(block, Exception):
            raise block
        *lines, self._rest = (self._rest + block).split(b"\n")
        if self.ended and self._rest:
            lines, self._rest = [*lines, self._rest], b""
        return lines

    def _fill(self) -> None:
        try:
            while block := self._next():
                self._blocks.put(block)
            self._blocks.put(b"")
        # Whoever waits for the lines has to know.
        except Exception as error:
            self._blocks.put(error)

    def _next(self) -> bytes:
        try:
            return self._read()
        # Whoever writes has gone.
        except OSError:
            return b""
