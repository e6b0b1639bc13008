"""What was read of standard input and is in no checkpoint yet, kept on the disk."""

import os
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from onward.streams.live.pipe import BLOCK

# Bytes after which another file is begun, so that those before it can go.
FILE_BYTES = 1 << 18


class Unlearnt:
    """The bytes of standard input in files, from before anybody sees them until they can go.

    A source that cannot say its rows again has nothing else to go on from when the process is
    killed. Each process reads a pass of its own; only the last pass has bytes that are needed.
    There are at most as many as have come since the last checkpoint and as a `Pipe` holds.

    Where the system can move bytes from a pipe into a file by itself, as Linux does, no moment
    is left at which they are in neither.

    Args:
        folder: of the checkpoint.
    """

    def __init__(self, folder: Path):
        self.folder, self.number = folder, 0
        # The first byte of each file of this pass; the last file is written to.
        self._files: deque[tuple[int, Path]] = deque()
        self._early: list[bytes] | None = []
        self._lock, self._moves = threading.Lock(), hasattr(os, "splice")
        self._written, self._begun, self._open, self._last = 0, 0, -1, b"\n"
        self._failed: ValueError | None = None

    def newest(self) -> int | None:
        """The last pass that has left anything; None where none has."""
        return max((int(path.name.split("-")[1]) for path in self._all()), default=None)

    def rest(self, number: int, offset: int) -> bytes:
        """Whole lines of a pass from a byte on; none where an earlier one of them is gone.

        Args:
            number: of the pass.
            offset: the first byte.
        """
        found, at = [], offset
        for path in sorted(self._all(number)):
            first = int(path.name.split("-")[2])
            if first > at:
                break
            content = path.read_bytes()[at - first :]
            found.append(content)
            at += len(content)
        whole = b"".join(found)
        return whole[: whole.rfind(b"\n") + 1]

    def begin(self, number: int) -> None:
        """Keep what is read from now on, and what has been read before, as a pass.

        Files of earlier passes go: nothing in them may be needed any more.
        """
        with self._lock:
            self.number = number
            for path in self._all():
                path.unlink()
            self._next_file()
            early, self._early = self._early or [], None
            for block in early:
                self._make_room()
                self._write(block)

    def through(self, read: Callable[[], bytes]) -> Callable[[], bytes]:
        """The same reading, with all that comes of it kept before it is handed on."""
        descriptor = getattr(read, "descriptor", None)

        def kept() -> bytes:
            with self._lock:
                self._raise_failed()
                if self._early is None:
                    self._make_room()
                moves = self._moves and descriptor is not None and self._early is None
            block = self._moved(descriptor) if moves and descriptor is not None else None
            if block is None:
                block = read()
                with self._lock:
                    if self._early is None:
                        self._write(block)
                    else:
                        self._early.append(block)
            return block

        return kept

    def passed(self, offset: int) -> None:
        """The bytes before one need not be kept."""
        while len(self._files) > 1 and self._files[1][0] <= offset:
            self._files.popleft()[1].unlink(missing_ok=True)

    def discard(self) -> None:
        """Nothing need be kept."""
        for path in self._all():
            path.unlink(missing_ok=True)

    def _all(self, number: int | None = None) -> list[Path]:
        pass_ = "*" if number is None else f"{number:06d}"
        return list(self.folder.glob(f"input-{pass_}-*"))

    def _make_room(self) -> None:
        if self._written - self._begun >= FILE_BYTES:
            self._next_file()

    def _next_file(self) -> None:
        if self._open >= 0:
            os.close(self._open)
        path = self.folder / f"input-{self.number:06d}-{self._written:015d}"
        self._open = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0))
        self._begun = self._written
        self._files.append((self._written, path))

    def _moved(self, descriptor: int) -> bytes | None:
        """The next bytes, which the system has put into the file; None where it cannot."""
        place = self._written - self._begun
        try:
            count = os.splice(descriptor, self._open, BLOCK, offset_dst=place)
        except OSError:
            # No pipe, or a file system that takes none of it. Both are read as usual.
            self._moves = False
            return None
        self._written += count
        block = os.pread(self._open, count, place)
        if block:
            self._last = block[-1:]
        elif self._last != b"\n":
            self._write(b"")
        return block

    def _write(self, block: bytes) -> None:
        """Keep bytes; none are the end, at which the last line is a whole one.

        A disk that takes nothing does not cost the block: the next reading tells of it.
        """
        block = block or (b"" if self._last == b"\n" else b"\n")
        try:
            left = memoryview(block)
            while left:
                place = self._written - self._begun
                os.lseek(self._open, place, os.SEEK_SET)
                count = os.write(self._open, left)
                self._written += count
                left = left[count:]
            self._last = block[-1:] or self._last
        except OSError as error:
            self._failed = ValueError(
                f"Expected room in {self.folder} for what is read of standard input; got "
                f"{error.strerror}. Try another --out, or more space there."
            )

    def _raise_failed(self) -> None:
        if self._failed is not None:
            raise self._failed
