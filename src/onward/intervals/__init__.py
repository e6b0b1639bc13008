"""How far a prediction may be off: intervals around it that hold their share of the labels."""

from onward.intervals.adaptive import AdaptiveConformal, AdaptiveState, Issued

__all__ = ["AdaptiveConformal", "AdaptiveState", "Issued"]
