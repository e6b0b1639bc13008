"""Bins from a stream of the Lab Streaming Layer."""

import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pylsl
from pylsl.util import LostError

from onward._checks import check_integer

# How long one wait for the network lasts, so that `close` is heeded soon.
WAIT_S = 0.2


class StampedBin(NamedTuple):
    """A bin from the network.

    Attributes:
        x: shape (channels,).
        stamp: of its last sample, in seconds of this machine's `pylsl.local_clock()`.
        start: whether it is the first, or the first since the stream was lost.
    """

    x: np.ndarray
    stamp: float
    start: bool


class BinSource:
    """Bins from a stream, and again when the stream comes back.

        x_b = sum of the samples b k, …, b k + k - 1

    Iterate over it, on one thread. Where the stream is lost (its sender has ended, the cable was
    pulled), it is looked for until it is back; what was counted of an unfinished bin is dropped,
    and the next bin says `start`, so that no decoder carries its state over the gap. Time stamps
    are the sender's, corrected for the difference of the clocks.

    Args:
        name: of the stream.
        source_id: what tells it from others of that name; any if None.
        samples_per_bin: k. A stream of counts that are binned already has 1.
        channels: how many there have to be; as many as there are if None.
        buffer_s: how much the network may keep where this program is slower than the stream; the
            oldest is lost beyond that.

    Attributes:
        lost: how often the stream was lost.

    Raises:
        ValueError: the stream has no numbers, or another number of channels than before.
    """

    def __init__(
        self,
        name: str,
        *,
        source_id: str | None = None,
        samples_per_bin: int = 1,
        channels: int | None = None,
        buffer_s: int = 10,
    ):
        check_integer("samples_per_bin", samples_per_bin, least=1, example=1)
        check_integer("buffer_s", buffer_s, least=1, example=10)
        if channels is not None:
            check_integer("channels", channels, least=1, example=96)
        self.name, self.source_id, self.channels = name, source_id, channels
        self.samples_per_bin, self.buffer_s, self.lost = samples_per_bin, buffer_s, 0
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[StampedBin]:
        """Bins as they come, until `close`."""
        while (inlet := self._found()) is not None:
            yield from self._until_lost(inlet)

    def close(self) -> None:
        """End the iteration, within a fifth of a second; from any thread."""
        self._closed.set()

    def _found(self) -> Any:
        """An inlet of the stream; None once the source is closed."""
        while not self._closed.is_set():
            for info in pylsl.resolve_byprop("name", self.name, 1, WAIT_S):
                if self.source_id in (None, info.source_id()):
                    self._admit(info)
                    # It recovers here, where the gap is told; pylsl would hide it.
                    return pylsl.StreamInlet(
                        info,
                        self.buffer_s,
                        recover=False,
                        processing_flags=pylsl.proc_clocksync,
                        as_numpy=True,
                    )
        return None

    def _admit(self, info: Any) -> None:
        count = info.channel_count()
        if info.channel_format() == pylsl.cf_string:
            raise ValueError(
                f"Expected a stream of numbers; got {self.name!r}, a stream of text. Try the "
                "stream of counts."
            )
        if self.channels not in (None, count):
            raise ValueError(
                f"Expected {self.channels} channels in the stream {self.name!r}; got {count}. Try "
                f"channels={count}, and a learner of so many features."
            )
        self.channels = count

    def _until_lost(self, inlet: Any) -> Iterator[StampedBin]:
        start, taken = True, 0
        total = np.zeros(self.channels or 0)
        while not self._closed.is_set():
            try:
                sample, stamp = inlet.pull_sample(timeout=WAIT_S)
            except LostError:
                self.lost += 1
                return
            if sample is None:
                continue
            total, taken = total + sample, taken + 1
            if taken == self.samples_per_bin:
                yield StampedBin(total, stamp, start)
                total, taken, start = np.zeros_like(total), 0, False
