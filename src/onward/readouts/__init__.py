"""From what a cell emits to what is predicted; one readout a file."""

from onward.readouts.linear import Linear, persistent

__all__ = ["Linear", "persistent"]
