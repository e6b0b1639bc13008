"""A sweep as tables, figures and files."""

from onward.report.sweep.files import write_sweep
from onward.report.sweep.tables import best_table, mattered_table

__all__ = ["best_table", "mattered_table", "write_sweep"]
