"""Recordings of neurons and behaviour as sessions of binned counts and labels. No model here."""

from onward.recordings.behaviour import Behaviour, sampled, velocity
from onward.recordings.binning import Bins, binned, bins_of, count_spikes
from onward.recordings.channels import without_dead
from onward.recordings.errors import RecordingError
from onward.recordings.matching import matched
from onward.recordings.reading import read_session, read_sessions
from onward.recordings.session import Session

__all__ = [
    "Behaviour",
    "Bins",
    "RecordingError",
    "Session",
    "binned",
    "bins_of",
    "count_spikes",
    "matched",
    "read_session",
    "read_sessions",
    "sampled",
    "velocity",
    "without_dead",
]
