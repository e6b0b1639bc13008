"""Rows that come one by one and end at no known place."""

from onward.streams.live.live_stream import LiveStream, open_live
from onward.streams.live.pipe import Pipe
from onward.streams.live.place import Place
from onward.streams.live.source import NoRowsError

__all__ = ["LiveStream", "NoRowsError", "Pipe", "Place", "open_live"]
