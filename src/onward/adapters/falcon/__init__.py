"""A learner as a decoder of the FALCON challenge; nothing of theirs has to be installed."""

from onward.adapters.falcon.decoder import FalconDecoder

__all__ = ["FalconDecoder"]
