"""Results as tables, one sentence, and one self-contained HTML page. Never trains."""

from onward.report.html import write_report
from onward.report.summary import summary_sentence
from onward.report.table import Cell, Row, Table, overall_table, quarter_table

__all__ = [
    "Cell",
    "Row",
    "Table",
    "overall_table",
    "quarter_table",
    "summary_sentence",
    "write_report",
]
