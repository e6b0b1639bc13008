"""From a configuration to results on disk. Reads no plot."""

from onward.experiments.config import Plan, RunConfig
from onward.experiments.contest import Contest
from onward.experiments.folder import FolderError, RunFolder
from onward.experiments.members import CELLS, RULES, parse_rule, rule_text
from onward.experiments.run import Progress, Run

__all__ = [
    "CELLS",
    "RULES",
    "Contest",
    "FolderError",
    "Plan",
    "Progress",
    "Run",
    "RunConfig",
    "RunFolder",
    "parse_rule",
    "rule_text",
]
