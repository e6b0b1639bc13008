"""How a file is to be read, as far as it is said and not found out."""

from dataclasses import dataclass

from onward.streams.errors import stream_error
from onward.streams.files.roles import FileRoles

SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
WRITTEN_TAB = ("tab", "\\t")


@dataclass(frozen=True)
class ReadOptions:
    """What is said of a file's form.

    Attributes:
        missing_codes: cells that stand for a missing value, as text.
        separator: between the columns of a text file; None to find out.
        decimal: the decimal mark of a text file; None to find out.
        header: whether the first row of a table holds the names of the columns.
        reverse: whether the rows are read from the last to the first.
    """

    missing_codes: tuple[str, ...] = ()
    separator: str | None = None
    decimal: str | None = None
    header: bool = True
    reverse: bool = False


def can_separate(text: str) -> bool:
    """Whether columns may be separated by this: one character of ASCII that has no other use."""
    return len(text) == 1 and text.isascii() and text not in '"\r\n\0'


def read_options(told: FileRoles) -> ReadOptions:
    """Return what was said of a file's form in one form: codes as text, "tab" as a tab.

    Raises:
        StreamError: for a separator that is not one character, and another decimal mark than a
            point or a comma.
    """
    separator, decimal = told.get("separator"), told.get("decimal")
    separator = "\t" if separator in WRITTEN_TAB else separator
    if separator is not None and not can_separate(separator):
        remedy = "',', ';', 'tab' or '|'"
        raise stream_error("a separator of one ASCII character", repr(separator), remedy)
    if decimal not in (None, ".", ","):
        raise stream_error("the decimal mark '.' or ','", repr(decimal), "one of these")
    if separator is not None and separator == decimal:
        got = f"{separator!r} for both"
        raise stream_error("a separator that is not the decimal mark", got, "another of the two")
    codes = told.get("missing_codes", ())
    codes = [codes] if isinstance(codes, str | int | float) else list(codes)
    written = tuple(dict.fromkeys(str(code).strip() for code in codes))
    header, reverse = told.get("header", True), told.get("reverse", False)
    return ReadOptions(written, separator, decimal, header, reverse)
