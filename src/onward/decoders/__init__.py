"""Decoders that are trained off line, carried through sessions, adapt, and are scored."""

from onward.decoders.config import DecodeConfig
from onward.decoders.folder import DecodeFolder, results_of
from onward.decoders.labels import Labels
from onward.decoders.latency import latency_of
from onward.decoders.learner import learner_of, observed, pretrained
from onward.decoders.passage import Passage, passed
from onward.decoders.scored import SessionScore, scored
from onward.decoders.study import Decoded, decode

__all__ = [
    "DecodeConfig",
    "DecodeFolder",
    "Decoded",
    "Labels",
    "Passage",
    "SessionScore",
    "decode",
    "latency_of",
    "learner_of",
    "observed",
    "passed",
    "pretrained",
    "results_of",
    "scored",
]
