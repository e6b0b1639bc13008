"""Streams made from equations, whose truth is known."""

from onward.streams.synthetic.cortex import Cortex
from onward.streams.synthetic.delayed_recall import DelayedRecall
from onward.streams.synthetic.lorenz import Lorenz
from onward.streams.synthetic.mackey_glass import MackeyGlass
from onward.streams.synthetic.sine import Sine
from onward.streams.synthetic.tuning import Tuning

__all__ = ["Cortex", "DelayedRecall", "Lorenz", "MackeyGlass", "Sine", "Tuning"]
