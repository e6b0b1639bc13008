"""Decoders that are trained off line, carried through sessions, adapt, and are scored."""

from typing import TYPE_CHECKING

__all__ = [
    "DecodeConfig",
    "DecodeFolder",
    "Decoded",
    "Labels",
    "Passage",
    "SessionScore",
    "ablations",
    "decode",
    "latency_of",
    "learner_of",
    "observed",
    "passed",
    "pretrained",
    "results_of",
    "scored",
    "split",
]

if TYPE_CHECKING:
    from onward.decoders.ablation import ablations
    from onward.decoders.config import DecodeConfig
    from onward.decoders.folder import DecodeFolder
    from onward.decoders.labels import Labels
    from onward.decoders.latency import latency_of
    from onward.decoders.learner import learner_of, observed, pretrained
    from onward.decoders.passage import Passage, passed
    from onward.decoders.results import results_of
    from onward.decoders.scored import SessionScore, scored
    from onward.decoders.split import split
    from onward.decoders.study import Decoded, decode
else:
    # What is asked for is checked without JAX, which takes a second to import.
    from importlib import import_module

    HOMES = {
        "ablation": ("ablations",),
        "config": ("DecodeConfig",),
        "folder": ("DecodeFolder",),
        "labels": ("Labels",),
        "latency": ("latency_of",),
        "learner": ("learner_of", "observed", "pretrained"),
        "passage": ("Passage", "passed"),
        "results": ("results_of",),
        "scored": ("SessionScore", "scored"),
        "split": ("split",),
        "study": ("Decoded", "decode"),
    }

    def __getattr__(name):
        for home, names in HOMES.items():
            if name in names:
                return getattr(import_module(f"onward.decoders.{home}"), name)
        raise AttributeError(f"module 'onward.decoders' has no attribute {name!r}")
