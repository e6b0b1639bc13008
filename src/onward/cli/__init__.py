"""The command line: parses, calls, prints."""

from onward.cli.main import main

__all__ = ["main"]
