"""A unit that turns bins into predictions."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

import ezmsg.core as ez
import numpy as np
from ezmsg.util.messages.axisarray import AxisArray

from onward.adapters.ezmsg.axes import Times, rows_of
from onward.serving import Decoder


class DecoderSettings(ez.Settings):
    """Settings of `DecoderUnit`.

    Args:
        make: makes the decoder. It is called in the process in which the unit runs, so that
            nothing of JAX has to pass from one process to another; a function with a name passes.
        outputs: what the outputs are called; numbers by default.
        time: the axis along which bins follow each other. All others together are channels.
    """

    make: Callable[[], Decoder]
    outputs: tuple[str, ...] | None = None
    time: str = "time"


class DecoderState(ez.State):
    """What a `DecoderUnit` carries from message to message.

    Attributes:
        decoder: see `onward.serving.Decoder`.
        times: of the bins so far.
    """

    decoder: Decoder
    times: Times


class DecoderUnit(ez.Unit):
    """Decodes each bin of each message, in order, and learns from labels that come later.

    Everything is compiled before the first message. Where the time of a message does not follow
    that of the one before, bins were lost, and the decoder begins a sequence.

    A message of labels has the same axis of time as the bins that they belong to, with a row for
    each. `make` has to give a decoder with `waiting` then; labels of bins that no longer wait are
    counted there.

    Attributes:
        INPUT_SIGNAL: bins: an `AxisArray` with a linear axis of time, NaN where a channel is
            missing.
        INPUT_LABELS: labels: an `AxisArray` likewise, NaN where a target is missing.
        INPUT_FROZEN: True to freeze the decoder, False to thaw it.
        INPUT_MASK: places of channels that are to be taken for missing, and no others.
        OUTPUT_SIGNAL: predictions: an `AxisArray` (time, ch), with the axis of time and the key of
            its bins. What was told of them lies in `attrs["events"]`, as pairs of a row and words.
    """

    SETTINGS = DecoderSettings
    STATE = DecoderState

    INPUT_SIGNAL = ez.InputStream(AxisArray)
    INPUT_LABELS = ez.InputStream(AxisArray)
    INPUT_FROZEN = ez.InputStream(bool)
    INPUT_MASK = ez.InputStream(tuple)
    OUTPUT_SIGNAL = ez.OutputStream(AxisArray)

    async def initialize(self) -> None:
        """Make the decoder, and compile all of it."""
        # Of the class, where ezmsg puts an instance.
        settings: Any = self.SETTINGS
        self.STATE.decoder, self.STATE.times = settings.make(), Times()
        self.STATE.decoder.warm_up()

    @ez.subscriber(INPUT_SIGNAL)
    @ez.publisher(OUTPUT_SIGNAL)
    async def decode(self, message: AxisArray) -> AsyncGenerator[Any, None]:
        """Answer a message of bins."""
        rows, axis = rows_of(message, self.SETTINGS.time)
        gap = self.STATE.times.follow(axis, len(rows))
        decode = self.STATE.decoder.decode
        told = [decode(x, start=gap and row == 0) for row, x in enumerate(rows)]
        if told:
            events = tuple((row, event) for row, each in enumerate(told) for event in each.events)
            data = np.stack([each.prediction for each in told])
            names = self.SETTINGS.outputs or tuple(map(str, range(data.shape[1])))
            channels = AxisArray.CoordinateAxis(data=np.array(names), dims=["ch"])
            axes = {self.SETTINGS.time: axis, "ch": channels}
            attrs = {**message.attrs, "events": events}
            dims = [self.SETTINGS.time, "ch"]
            yield self.OUTPUT_SIGNAL, AxisArray(data, dims, axes, attrs, message.key)

    @ez.subscriber(INPUT_LABELS)
    async def learn(self, message: AxisArray) -> None:
        """Learn from labels of bins before."""
        rows, axis = rows_of(message, self.SETTINGS.time)
        for row, y in enumerate(rows):
            number = self.STATE.times.number(axis.offset + row * axis.gain)
            self.STATE.decoder.label(number, y)

    @ez.subscriber(INPUT_FROZEN)
    async def freeze(self, frozen: bool) -> None:
        """Stop learning, or go on."""
        (self.STATE.decoder.freeze if frozen else self.STATE.decoder.thaw)()

    @ez.subscriber(INPUT_MASK)
    async def mask(self, channels: tuple[int, ...]) -> None:
        """Take channels for missing."""
        self.STATE.decoder.mask(channels)
