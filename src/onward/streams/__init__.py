"""Streams of samples: built in, from files, or from memory. They see no model."""

from onward.streams.base import Chunk, Steps, Stream, StreamError, StreamInfo, Task
from onward.streams.catalogue import StreamSummary, builtin_streams, open_stream
from onward.streams.files import open_file
from onward.streams.fingerprint import added, fingerprint, fingerprint_of
from onward.streams.horizon import samples_ahead
from onward.streams.in_memory import from_arrays, from_rows, from_table
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
    "Steps",
    "Stream",
    "StreamError",
    "StreamInfo",
    "StreamSummary",
    "Task",
    "Tuning",
    "added",
    "builtin_streams",
    "fingerprint",
    "fingerprint_of",
    "from_arrays",
    "from_rows",
    "from_table",
    "open_file",
    "open_stream",
    "samples_ahead",
]
