"""Results as tables, one sentence, and one self-contained HTML page. Never trains."""

from onward.report.html import write_report
from onward.report.summary import summary_sentence
from onward.report.table import Cell, Row, Table
from onward.report.tables import overall_table, phase_table, series_table
from onward.report.verdict import Line, exit_code, verdict

__all__ = [
    "Cell",
    "Line",
    "Row",
    "Table",
    "exit_code",
    "overall_table",
    "phase_table",
    "series_table",
    "summary_sentence",
    "verdict",
    "write_report",
]
