"""NPZ files that nobody vouches for: no pickle, and no more memory than a header announces."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from onward.recordings.errors import readable, recording_error
from onward.recordings.sizes import check_bytes

KIND = "NPZ file"
REMEDY = "saving it again with numpy.savez"


class NpzFile:
    """The arrays of an NPZ file by name; each is read when it is asked for.

    Attributes:
        path: of the file.
        shapes: of all arrays, from their headers. What is no array is left out.

    Raises:
        RecordingError: the file cannot be read; or, when asked for, an array of Python objects,
            of more than 2 GiB, or of another size than its header announces.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shapes: dict[str, tuple[int, ...]] = {}
        self._dtypes: dict[str, np.dtype] = {}
        with readable(path, KIND, REMEDY), zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if not member.filename.endswith(".npy"):
                    continue
                with archive.open(member) as file:
                    shape, dtype, header = _header(file)
                name = member.filename.removesuffix(".npy")
                self.shapes[name], self._dtypes[name] = shape, dtype
                announced = int(np.prod(shape, dtype=object)) * dtype.itemsize
                if not dtype.hasobject and announced + header != member.file_size:
                    expected = f"{announced} bytes, as its header says,"
                    got = f"{member.file_size - header}"
                    raise recording_error(expected, repr(name), path.name, got, REMEDY)

    def kind(self, name: str) -> str:
        """The kind of an array's dtype, as NumPy's letter."""
        return self._dtypes[name].kind

    def array(self, name: str) -> np.ndarray:
        """Read one array."""
        check_bytes(self.shapes[name], self._dtypes[name], repr(name), self.path.name)
        with self._member(name) as file:
            return npy.read_array(file, allow_pickle=False)

    @contextmanager
    def _member(self, name: str) -> Iterator[IO[bytes]]:
        with (
            readable(self.path, KIND, REMEDY),
            zipfile.ZipFile(self.path) as archive,
            archive.open(f"{name}.npy") as file,
        ):
            yield file


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype, int]:
    """The shape and dtype of an array, and where its numbers begin."""
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(file)
    return shape, dtype, file.tell()
