"""Many runs over one stream: which settings are the best, and which of them matter."""

from onward.sweeps.config import SweepConfig, read_config
from onward.sweeps.errors import SweepError
from onward.sweeps.sweep import Sweep

__all__ = ["Sweep", "SweepConfig", "SweepError", "read_config"]
