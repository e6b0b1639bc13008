"""The papers' claims, tested: protocols, runs, verdicts. Reads no plot."""

from onward.reproduce.claims import CLAIMS
from onward.reproduce.folder import ResultsError, ResultsFolder
from onward.reproduce.run import Outcome, reproduce

__all__ = ["CLAIMS", "Outcome", "ResultsError", "ResultsFolder", "reproduce"]
