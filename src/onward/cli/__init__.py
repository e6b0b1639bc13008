"""The command line: parses, calls, prints."""

from onward.cli.entry import main

__all__ = ["main"]
