"""Predictions as a stream of the Lab Streaming Layer."""

from collections.abc import Sequence

import pylsl

from onward._checks import check_integer
from onward.serving.decoded import Decoded


class PredictionSink:
    """A stream of predictions that others on the network can read, from the moment it is made.

    Its `push` takes what a decoder gives: `DecoderService(…, callback=sink.push)`. A prediction
    carries the time stamp of its bin; one without a stamp that of now. Readers that come, go and
    come back are served by pylsl; what nobody reads is not sent.

    Args:
        name: of the stream.
        outputs: what its channels are called, or how many there are.
        rate: predictions a second; 0 where they come irregularly.
        source_id: by which readers know the stream again; the name by default.
    """

    def __init__(
        self,
        name: str,
        outputs: int | Sequence[str],
        *,
        rate: float = 0.0,
        source_id: str | None = None,
    ):
        count = outputs if isinstance(outputs, int) else len(outputs)
        check_integer("outputs", count, least=1, example=2)
        info = pylsl.StreamInfo(
            name, "Decoded", count, rate, pylsl.cf_float32, source_id or f"onward {name}"
        )
        if not isinstance(outputs, int):
            channels = info.desc().append_child("channels")
            for output in outputs:
                channels.append_child("channel").append_child_value("label", output)
        self._outlet = pylsl.StreamOutlet(info)

    def push(self, result: Decoded) -> None:
        """Send one prediction.

        Args:
            result: of a decoder; its stamp, in seconds of `pylsl.local_clock()`, goes along.
        """
        stamp = 0.0 if result.stamp is None else float(result.stamp)
        self._outlet.push_sample(result.prediction.tolist(), stamp)

    def wait_for_readers(self, timeout: float) -> bool:
        """Whether somebody reads, after so many seconds at most."""
        return self._outlet.wait_for_consumers(timeout)
