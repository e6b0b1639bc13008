"""A study of `onward decode` as rows of text, one verdict, and one self-contained HTML page."""

from onward.report.decoding.page import write_decode_report
from onward.report.decoding.summary import summary_rows
from onward.report.decoding.verdict import decode_verdict

__all__ = ["decode_verdict", "summary_rows", "write_decode_report"]
