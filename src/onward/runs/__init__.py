"""From a configuration to results on disk. Reads no plot."""

from onward.runs.config import RunConfig
from onward.runs.contest import Contest
from onward.runs.folder import FolderError, RunFolder
from onward.runs.members import CELLS, RULES, parse_rule, rule_text
from onward.runs.origin import Origin
from onward.runs.plan import Plan
from onward.runs.progress import Progress
from onward.runs.run import Run

__all__ = [
    "CELLS",
    "RULES",
    "Contest",
    "FolderError",
    "Origin",
    "Plan",
    "Progress",
    "Run",
    "RunConfig",
    "RunFolder",
    "parse_rule",
    "rule_text",
]
