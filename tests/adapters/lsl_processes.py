"""The two ends of a network for the test: one sends bins and reads predictions, one decodes.

Called with a role and its arguments; prints one JSON object a line.
"""

import json
import sys
from typing import Any, NamedTuple

import numpy as np
import pylsl

from onward.adapters.lsl import BinSource, PredictionSink
from onward.serving import DecoderService

CHANNELS = 3


class Told(NamedTuple):
    prediction: np.ndarray
    loss: float = float("nan")
    learnt: bool = False


class Sum:
    """Predicts the sum of a bin, and how many came before it in its sequence."""

    features = CHANNELS

    def step(self, state: Any, x: Any, y: Any = None) -> tuple[Any, Told]:
        bin, start = (x.x, x.start) if hasattr(x, "start") else (x, False)
        state = np.zeros(()) if start else np.asarray(state)
        return state + 1, Told(np.array([np.sum(bin), state]))


def tell(**told: Any) -> None:
    print(json.dumps(told), flush=True)


def send(name: str, first: int, bins: int, samples: int) -> None:
    """Send bins in so many samples each, read as many predictions, then wait to be killed."""
    info = pylsl.StreamInfo(f"{name} bins", "counts", CHANNELS, 0, "float32", f"{name} source")
    outlet = pylsl.StreamOutlet(info)
    (found,) = pylsl.resolve_byprop("name", f"{name} predictions", 1, 20)
    inlet = pylsl.StreamInlet(found)
    inlet.open_stream(20)
    assert outlet.wait_for_consumers(20)
    for number in range(first, first + bins):
        for part in range(samples):
            # Exact in a float32.
            outlet.push_sample([number, part, 0.5], 1000.0 + number + part / 4)
    for _ in range(bins):
        prediction, stamp = inlet.pull_sample(timeout=20)
        tell(prediction=prediction, stamp=stamp)
    tell(done=True)
    sys.stdin.read()


def decode(name: str, bins: int, samples: int) -> None:
    """Decode so many bins, from as many senders as it takes."""
    sink = PredictionSink(f"{name} predictions", ("sum", "before"))
    source = BinSource(f"{name} bins", samples_per_bin=samples, channels=CHANNELS)
    with DecoderService(Sum(), np.zeros(()), callback=sink.push) as service:
        tell(ready=True)
        for bin in source:
            number = service.put(bin.x, stamp=bin.stamp, start=bin.start)
            tell(x=bin.x.tolist(), stamp=bin.stamp, start=bin.start)
            if number == bins - 1:
                source.close()
    tell(lost=source.lost)
    # The last predictions are on their way.
    sys.stdin.read()


if __name__ == "__main__":
    role, name, *numbers = sys.argv[1:]
    {"send": send, "decode": decode}[role](name, *map(int, numbers))
