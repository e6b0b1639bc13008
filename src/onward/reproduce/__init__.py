"""The papers' claims, tested: protocols, runs, verdicts. Reads no plot."""

from onward.reproduce.claims import CLAIMS
from onward.reproduce.folder import ResultsError
from onward.reproduce.run import SCALES, Outcome, reproduce

__all__ = ["CLAIMS", "SCALES", "Outcome", "ResultsError", "reproduce"]
