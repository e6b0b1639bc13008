"""The bytes of a file, plain or compressed, and the kind that its name tells."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from onward.streams.errors import listed, stream_error

COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd", ".zip": None}
# What archives of macOS hold beside the file.
CLUTTER = ("__MACOSX/", ".DS_Store")


def split_name(name: str) -> tuple[str, str, str]:
    """Return the name of a file as stem, ending and compression: ("a", ".csv", ".gz")."""
    stem, compression = Path(name), ""
    if stem.suffix.lower() in COMPRESSIONS:
        stem, compression = Path(stem.stem), stem.suffix.lower()
    return stem.stem, stem.suffix.lower(), compression


def member_of(path: Path) -> str:
    """Return the name of the only file in a zip archive.

    Raises:
        StreamError: when it is no archive, is encrypted, or holds no file or several.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    except zipfile.BadZipFile as error:
        remedy = "packing the file again"
        raise stream_error("a zip archive", f"{path.name}: {error}", remedy) from error
    files = [e for e in entries if not any(clutter in e.filename for clutter in CLUTTER)]
    if len(files) != 1:
        got = f"{listed(entry.filename for entry in files)} in {path.name}" if files else "none"
        raise stream_error("one file in a zip archive", got, "unpacking it")
    if files[0].flag_bits & 1:
        raise stream_error("a zip archive without a password", path.name, "unpacking it")
    return files[0].filename


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading from its beginning, without its compression."""
    import pyarrow as pa

    compression = path.suffix.lower()
    if compression == ".zip":
        with zipfile.ZipFile(path) as archive, archive.open(member_of(path)) as member:
            yield member
        return
    with open(path, "rb") as source:
        kind = COMPRESSIONS.get(compression)
        unpacked: Any = pa.CompressedInputStream(source, kind) if kind else source
        yield unpacked
