"""What keeps a learner safe: checkpoints in a folder, a log of every update, guards, and a frozen
copy that takes over."""

from onward.safety.balance import Safeguard
from onward.safety.checkpoints import Checkpoint, CheckpointStore
from onward.safety.guarded import Guarded
from onward.safety.guards import Guards
from onward.safety.log import Log, LogError, UpdateLog, read_log
from onward.safety.replaying import Replayed, replay
from onward.safety.safeguarded import Safeguarded

__all__ = [
    "Checkpoint",
    "CheckpointStore",
    "Guarded",
    "Guards",
    "Log",
    "LogError",
    "Replayed",
    "Safeguard",
    "Safeguarded",
    "UpdateLog",
    "read_log",
    "replay",
]
