"""Rows that come one by one and end at no known place."""

from onward.streams.live.live_stream import LiveStream, open_live
from onward.streams.live.pipe import Pipe

__all__ = ["LiveStream", "Pipe", "open_live"]
