"""Streams read from files: tables of text, Parquet, NumPy and others."""

from onward.streams.files.opening import open_file

__all__ = ["open_file"]
