"""A learner in service: bins in, predictions out, safe enough for a closed loop."""

from onward.serving.decoded import Decoded
from onward.serving.decoder import Decoder
from onward.serving.latency import Latency
from onward.serving.limits import Limit
from onward.serving.service import DecoderService, ServingError

__all__ = ["Decoded", "Decoder", "DecoderService", "Latency", "Limit", "ServingError"]
