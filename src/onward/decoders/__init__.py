"""Decoders that are trained off line, carried through sessions, adapt, and are scored."""

from onward.decoders.config import DecodeConfig
from onward.decoders.labels import Labels
from onward.decoders.learner import learner_of, observed, pretrained
from onward.decoders.passage import Passage, passed
from onward.decoders.scored import SessionScore, scored
from onward.decoders.study import Decoded, decode

__all__ = [
    "DecodeConfig",
    "Decoded",
    "Labels",
    "Passage",
    "SessionScore",
    "decode",
    "learner_of",
    "observed",
    "passed",
    "pretrained",
    "scored",
]
