"""A decoder on a thread of its own: bins in, predictions out."""

import atexit
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from onward._checks import check_integer
from onward.serving.decoded import Bin, Decoded, Label
from onward.serving.decoder import Decoder
from onward.serving.latency import Latency
from onward.serving.limits import Limit
from onward.serving.line import Closed, Line, OnFull, refuse_on_full


class ServingError(RuntimeError):
    """The thread of a `DecoderService` has ended with an error, which is the cause of this one."""


class DecoderService:
    """Decodes on a thread of its own, in the order in which bins are put in.

    Two lines of bounded length, of bins that wait and of results that wait to be read. Everything
    is compiled before the first bin. Use it in a `with` statement: leaving it takes what still
    waits, and raises what went wrong.

        with DecoderService(learner, state) as service:
            service.put(x)
            result = service.get()

    Args:
        learner: as in `Decoder`, and so are `state`, `transform`, `channels`, `limit`, `adapt` and
            `waiting`.
        state: not consumed.
        transform: called on the thread that decodes.
        channels: numbers in a bin; by default the learner's features.
        capacity: how many bins, and how many results, may wait.
        limit: on what goes out.
        adapt: whether it learns.
        waiting: how many bins are kept for labels that come by `label`.
        on_full: what happens to a bin when so many wait. "block": `put` waits, and a thread that
            both puts and reads must read before 2 `capacity` bins are under way. "drop oldest":
            the oldest makes room, bins and results alike. "refuse": `put` returns None. What is
            lost is counted. A learner with a delay needs "block": its labels are told apart by
            their place in the stream alone.
        callback: called with each result, on the thread that decodes; there is then nothing to
            read.

    Attributes:
        decoder: see `Decoder`. Its state is the thread's while that runs.
        latency: of all bins, from `put` until the result is there.

    Raises:
        ValueError: `on_full` is none of these, or loses bins of a learner with a delay; and as
            `Decoder`.
    """

    def __init__(
        self,
        learner: Any,
        state: Any,
        *,
        transform: Callable[[np.ndarray], Any] | None = None,
        channels: int | None = None,
        capacity: int = 256,
        limit: Limit | None = None,
        adapt: bool = True,
        waiting: int = 0,
        on_full: OnFull = "block",
        callback: Callable[[Decoded], Any] | None = None,
    ):
        check_integer("capacity", capacity, least=1, example=256)
        refuse_on_full(on_full, getattr(getattr(learner, "parts", None), "delay", 0))
        self.decoder = Decoder(
            learner,
            state,
            transform=transform,
            channels=channels,
            limit=limit,
            adapt=adapt,
            waiting=waiting,
        )
        self.latency, self.callback = Latency(), callback
        self._bins = Line(capacity, on_full)
        # Who refuses bins has been told of them: a result that has been made is never refused.
        self._results = Line(capacity, "block" if on_full == "refuse" else on_full)
        self._put = self._decoded = 0
        self._error: BaseException | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="onward decoder", daemon=True)

    def start(self) -> "DecoderService":
        """Compile everything, then take bins.

        Raises:
            ServingError: not even a bin of NaN can be decoded.
        """
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            self._thread.join()
            self._tell_error()
        # A program that ends without closing loses nothing either.
        atexit.register(self.close)
        return self

    def put(
        self,
        x: Any,
        y: Any = None,
        stamp: Any = None,
        *,
        start: bool = False,
        timeout: float | None = None,
    ) -> int | None:
        """Hand over a bin.

        Args:
            x: as in `Decoder.decode`; copied.
            y: likewise.
            stamp: comes out with the result.
            start: as in `Decoder.decode`.
            timeout: the longest wait for room, in seconds; for ever if None.

        Returns:
            The bin's number; None where it was refused, or there was no room in time.

        Raises:
            ServingError: the service has ended.
        """
        came = time.perf_counter()
        x = np.array(x, self.decoder.dtype)
        y = None if y is None else np.array(y, self.decoder.dtype)

        def make() -> Bin:
            self._put += 1
            return Bin(self._put - 1, x, y, stamp, bool(start), came)

        made = self._offer(make, timeout)
        return None if made is None else made.number

    def label(self, number: int, y: Any, weight: float = 1, timeout: float | None = None) -> bool:
        """Hand over the label of a bin that was put in before; see `Decoder.label`.

        Args:
            number: of the bin, as `put` has returned it.
            y: shape (targets,); copied.
            weight: multiplies its loss; 0 or more.
            timeout: as in `put`.

        Returns:
            Whether there was room for it.
        """
        label = Label(number, np.array(y, self.decoder.dtype), weight)
        return self._offer(lambda: label, timeout) is not None

    def get(self, timeout: float | None = None) -> Decoded | None:
        """The oldest result that has not been read; None once the service is closed and all are.

        Raises:
            TimeoutError: none came in time.
            ServingError: an error has ended it, and all results from before are read.
        """
        try:
            return self._results.take(timeout)
        except Closed:
            self._tell_error()
            return None
        except TimeoutError:
            raise TimeoutError(
                f"Expected a result within {timeout} s; got none. Try a longer timeout, or put "
                "a bin in first."
            ) from None

    def __iter__(self) -> Iterator[Decoded]:
        """Results as they come, until the service is closed."""
        while (result := self.get()) is not None:
            yield result

    def freeze(self, scale: bool = True) -> None:
        """See `Decoder.freeze`. It holds for bins that wait already."""
        self.decoder.freeze(scale)

    def thaw(self) -> None:
        """See `Decoder.thaw`."""
        self.decoder.thaw()

    def mask(self, channels: Iterable[int]) -> None:
        """See `Decoder.mask`. It holds for bins that wait already."""
        self.decoder.mask(channels)

    def close(self) -> None:
        """Take no more bins, answer those that wait, and end the thread.

        Results can be read afterwards.

        Raises:
            ServingError: the thread has ended with an error.
        """
        atexit.unregister(self.close)
        self._bins.close()
        # Nobody may read any more: the thread must not wait for it.
        self._results.unbind()
        if self._thread.ident is not None:
            self._thread.join()
        else:
            self._results.close()
        self._tell_error()

    def __enter__(self) -> "DecoderService":
        return self.start()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            self.close()
        except ServingError:
            # What the caller has raised may be this very error, or more telling.
            if error is None:
                raise

    @property
    def state(self) -> Any:
        """The learner's state, once the service is closed."""
        if self._thread.is_alive():
            raise ValueError(
                "Expected a service that is closed; got one whose thread is at work on the state. "
                "Try close()."
            )
        return self.decoder.state

    @property
    def counts(self) -> dict[str, int]:
        """What became of bins, results and labels that were not simply answered."""
        return {
            "put": self._put,
            "decoded": self._decoded,
            "refused": self._bins.refused,
            "dropped": self._bins.dropped[Bin],
            "results dropped": self._results.dropped[Decoded],
            "labels dropped": self._bins.dropped[Label],
            "labels withheld": self.decoder.withheld,
            "labels unknown": self.decoder.unknown,
        }

    def _offer(self, make: Callable[[], Any], timeout: float | None) -> Any:
        """What was put in; None where it was not."""
        try:
            return self._bins.put(make, timeout)
        except Closed:
            self._tell_error()
            raise ServingError(
                "Expected a service that runs; got one that is closed. Try a new DecoderService."
            ) from None

    def _tell_error(self) -> None:
        if self._error is not None:
            raise ServingError(
                f"Expected a decoder that goes on; got {type(self._error).__name__}: {self._error}"
            ) from self._error

    def _serve(self) -> None:
        try:
            # On this thread, as settings of JAX may be a thread's own.
            self.decoder.warm_up()
            self._ready.set()
            while True:
                self._take(self._bins.take())
        except Closed:
            pass
        # Whatever it is: the caller's threads wait for results, and have to be told.
        except BaseException as error:
            self._error = error
        finally:
            self._ready.set()
            self._bins.close()
            self._results.close()

    def _take(self, item: Bin | Label) -> None:
        if isinstance(item, Label):
            self.decoder.label(item.number, item.y, item.weight)
            return
        result = self.decoder.decode(
            item.x, item.y, number=item.number, stamp=item.stamp, start=item.start
        )
        waited = time.perf_counter() - item.came
        self.latency.add(waited)
        self._decoded += 1
        result = result._replace(waited=waited)
        if self.callback is not None:
            self.callback(result)
        else:
            self._results.put(lambda: result)
