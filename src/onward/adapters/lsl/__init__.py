"""Bins from the Lab Streaming Layer, and predictions to it; the extra `lsl` installs pylsl."""

from onward.adapters.lsl.sink import PredictionSink
from onward.adapters.lsl.source import BinSource, StampedBin

__all__ = ["BinSource", "PredictionSink", "StampedBin"]
