"""A graph of ezmsg for the test: bins go to a decoder; prints what it says as JSON."""

import json
from collections.abc import AsyncGenerator
from typing import Any, NamedTuple

import ezmsg.core as ez
import numpy as np
from ezmsg.util.messages.axisarray import AxisArray

from onward.adapters.ezmsg import DecoderSettings, DecoderUnit
from onward.serving import Decoder

CHANNELS, BINS, MESSAGES, GAIN = 3, 4, 5, 0.02


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


def made() -> Decoder:
    return Decoder(Sum(), np.zeros(()))


def message(data: np.ndarray, first: int) -> AxisArray:
    axis = AxisArray.LinearAxis(unit="s", gain=GAIN, offset=7 + first * GAIN)
    return AxisArray(data, ["time", "ch"], {"time": axis}, key="made")


def bins(first: int) -> np.ndarray:
    return np.arange(first, first + BINS)[:, None] + np.zeros(CHANNELS)


class Amplifier(ez.Unit):
    """Sends bins, and reads what is said of them; some bins are lost on the way."""

    INPUT_PREDICTIONS = ez.InputStream(AxisArray)
    OUTPUT_BINS = ez.OutputStream(AxisArray)

    async def initialize(self) -> None:
        self.got = 0

    @ez.publisher(OUTPUT_BINS)
    async def send(self) -> AsyncGenerator[Any, None]:
        for number in range(MESSAGES):
            lost = BINS if number >= 3 else 0
            first = number * BINS + lost
            yield self.OUTPUT_BINS, message(bins(first), first)

    @ez.subscriber(INPUT_PREDICTIONS)
    async def read(self, said: AxisArray) -> None:
        axis = said.axes["time"]
        print(json.dumps([said.data.tolist(), axis.offset, said.key]), flush=True)
        self.got += 1
        if self.got == MESSAGES:
            raise ez.NormalTermination


class System(ez.Collection):
    AMPLIFIER = Amplifier()
    DECODER = DecoderUnit(DecoderSettings(made, ("sum", "before")))

    def network(self) -> ez.NetworkDefinition:
        return (
            (self.AMPLIFIER.OUTPUT_BINS, self.DECODER.INPUT_SIGNAL),
            (self.DECODER.OUTPUT_SIGNAL, self.AMPLIFIER.INPUT_PREDICTIONS),
        )


if __name__ == "__main__":
    ez.run(SYSTEM=System())
