"""The kinds of files that can be read, by the endings of their names."""

from collections.abc import Callable, Mapping
from pathlib import Path

from onward.streams.errors import stream_error
from onward.streams.files.csv_file import open_csv
from onward.streams.files.held import open_arff, open_arrow, open_excel, open_json_lines
from onward.streams.files.npz import open_npy, open_npz
from onward.streams.files.options import ReadOptions
from onward.streams.files.parquet import open_parquet
from onward.streams.files.sources import COMPRESSIONS, member_of, split_name
from onward.streams.files.table import Table, Wanted

# How a file becomes a table: its path, which columns are wanted, how it is to be read.
Opener = Callable[[Path, Wanted, ReadOptions], Table]

TABLES = (".csv", ".tsv", ".txt")
# Text, which may be compressed.
TEXT_OPENERS: Mapping[str, Opener] = {
    ".csv": lambda path, wanted, options: open_csv(path, ",", options),
    ".tsv": lambda path, wanted, options: open_csv(path, "\t", options),
    ".txt": lambda path, wanted, options: open_csv(path, ",", options),
    ".json": lambda path, wanted, options: open_json_lines(path),
    ".jsonl": lambda path, wanted, options: open_json_lines(path),
    ".ndjson": lambda path, wanted, options: open_json_lines(path),
    ".arff": lambda path, wanted, options: open_arff(path),
}
OPENERS: Mapping[str, Opener] = {
    **TEXT_OPENERS,
    ".parquet": lambda path, wanted, options: open_parquet(path),
    ".npz": lambda path, wanted, options: open_npz(path, wanted),
    ".npy": lambda path, wanted, options: open_npy(path),
    ".feather": lambda path, wanted, options: open_arrow(path),
    ".arrow": lambda path, wanted, options: open_arrow(path),
    ".xlsx": lambda path, wanted, options: open_excel(path, options),
}


def has_known_ending(path: Path) -> bool:
    """Return whether the name of a file tells a kind that can be read."""
    _, ending, compression = split_name(path.name)
    return ending in (TEXT_OPENERS if compression else OPENERS) or compression == ".zip"


def opener_of(path: Path, options: ReadOptions) -> tuple[str, Opener]:
    """Return the stem of a file's name, and what opens it.

    Raises:
        StreamError: for another ending, for an archive that holds no such file, and for options
            that say nothing about such a file.
    """
    stem, ending, compression = split_name(path.name)
    if compression == ".zip" and ending not in TEXT_OPENERS:
        ending = split_name(member_of(path))[1]
    known = TEXT_OPENERS if compression else OPENERS
    if ending in known:
        _refuse_unused(path, ending, options)
        return stem, known[ending]
    packed = f"{', '.join(TEXT_OPENERS)} also with {', '.join(COMPRESSIONS)} behind"
    inside = f", which holds a file ending in {ending!r}" if compression == ".zip" else ""
    raise stream_error(
        f"a file ending in {', '.join(OPENERS)} ({packed})",
        f"{path.name!r}{inside}",
        "saving it as one of these",
    )


def _refuse_unused(path: Path, ending: str, options: ReadOptions) -> None:
    said = {
        "a separator": options.separator and ending not in TABLES,
        "a decimal mark": options.decimal and ending not in TABLES,
        "no header": not options.header and ending not in (*TABLES, ".xlsx"),
    }
    for what, is_unused in said.items():
        if is_unused:
            got = f"one for {path.name}, whose columns and numbers are marked otherwise"
            raise stream_error(f"{what} for a table of text", got, "leaving it out")
