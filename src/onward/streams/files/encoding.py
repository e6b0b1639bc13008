"""In which encoding a text file is written, found out from all of its bytes."""

import codecs
from pathlib import Path

from onward.streams.errors import stream_error
from onward.streams.files.sources import open_bytes

PIECE = 1 << 20
# Bytes that Windows' Western encoding leaves free.
NOT_WINDOWS = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
FIRST_BYTES = 4096
NAMES = {"cp1252": "Windows-1252", "latin-1": "Latin-1"}


def encoding_of(path: Path) -> str:
    """Return the encoding of a text file, as Python names it; costs one pass over its bytes.

    UTF-16 is told by its mark or by its zeros. What is neither that nor UTF-8 is taken for the
    encoding of Western Windows, and else for Latin-1, in which all bytes are letters.

    Raises:
        StreamError: for a file that is no text.
    """
    with open_bytes(path) as source:
        first = source.read(FIRST_BYTES)
        wide = _wide(first)
        if wide:
            return wide
        if b"\0" in first:
            remedy = "the ending that says what the file is"
            raise stream_error("a file of text", f"other bytes in {path.name}", remedy)
        utf8 = codecs.getincrementaldecoder("utf-8")()
        is_utf8, is_windows = True, True
        piece = first
        while piece:
            if is_utf8 and not piece.isascii():
                is_utf8 = _decodes(utf8, piece)
            elif is_utf8:
                is_utf8 = not utf8.getstate()[0]
            is_windows = is_windows and not any(byte in piece for byte in NOT_WINDOWS)
            piece = source.read(PIECE)
    if is_utf8 and not utf8.getstate()[0]:
        return "utf-8"
    return "cp1252" if is_windows else "latin-1"


def _decodes(decoder: codecs.IncrementalDecoder, piece: bytes) -> bool:
    try:
        decoder.decode(piece)
    except UnicodeDecodeError:
        return False
    return True


def _wide(first: bytes) -> str:
    """The encoding of text of two bytes a letter; empty for other text."""
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if first.startswith(codecs.BOM_UTF8) or len(first) < 4:
        return ""
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = first[offset::2], first[1 - offset :: 2]
        if zeros.count(0) > 0.8 * len(zeros) and not others.count(0):
            return name
    return ""
