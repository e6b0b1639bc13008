"""Streams of samples: built in, or read from files. They see no model."""

from onward.streams.base import Chunk, Stream, StreamError, StreamInfo, Task
from onward.streams.catalogue import StreamSummary, builtin_streams, open_stream
from onward.streams.files import open_file
from onward.streams.river_sets import RiverSet
from onward.streams.synthetic import Cortex, DelayedRecall, Lorenz, MackeyGlass, Sine, Tuning

__all__ = [
    "Chunk",
    "Cortex",
    "DelayedRecall",
    "Lorenz",
    "MackeyGlass",
    "RiverSet",
    "Sine",
    "Stream",
    "StreamError",
    "StreamInfo",
    "StreamSummary",
    "Task",
    "Tuning",
    "builtin_streams",
    "open_file",
    "open_stream",
]
