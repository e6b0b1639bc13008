"""Streams read from files: CSV, Parquet and NPZ."""

from onward.streams.files.opening import open_file

__all__ = ["open_file"]
