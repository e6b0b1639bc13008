"""The laws of cells, rules and streams, to be run on parts of your own."""

from onward.testing.cell import check_cell
from onward.testing.rule import check_rule
from onward.testing.stream import check_stream

__all__ = ["check_cell", "check_rule", "check_stream"]
