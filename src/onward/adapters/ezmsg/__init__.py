"""A decoder as a unit of ezmsg; the extra `ezmsg` installs it."""

from onward.adapters.ezmsg.unit import DecoderSettings, DecoderState, DecoderUnit

__all__ = ["DecoderSettings", "DecoderState", "DecoderUnit"]
