"""From a configuration to results on disk. Reads no plot."""

from onward.experiments.advice import Advice, advise
from onward.experiments.advice_folder import make_folder, write_advice
from onward.experiments.config import Plan, RunConfig
from onward.experiments.contest import Contest
from onward.experiments.explanation import explain
from onward.experiments.folder import FolderError, RunFolder
from onward.experiments.members import CELLS, RULES, parse_rule, rule_text
from onward.experiments.run import Progress, Run

__all__ = [
    "CELLS",
    "RULES",
    "Advice",
    "Contest",
    "FolderError",
    "Plan",
    "Progress",
    "Run",
    "RunConfig",
    "RunFolder",
    "advise",
    "explain",
    "make_folder",
    "parse_rule",
    "rule_text",
    "write_advice",
]
