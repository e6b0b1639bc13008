"""Files made to harm: no pickle is read, no memory is taken, and all is refused in words."""

import io
import pickle
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.lib import format as npy

from onward.recordings import RecordingError, read_session

from .writing import write_days


def archive(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


def header(shape: tuple[int, ...], dtype: str) -> bytes:
    file = io.BytesIO()
    fields = {"descr": dtype, "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(file, fields)
    return file.getvalue()


class Harm:
    """Once it is unpickled, a file tells of it."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


def test_objects_are_not_unpickled(tmp_path: Path) -> None:
    trace = tmp_path / "harmed"
    harm = pickle.dumps(np.array([[Harm(trace)]], object))
    content = header((1, 1), "|O") + harm
    signal = header((1, 1), "<f8") + bytes(8)
    path = archive(tmp_path / "bad.npz", counts=content, velocity=signal)
    with pytest.raises(
        RecordingError, match=r"numbers or text in 'counts' of bad\.npz; got Python o"
    ):
        read_session(path, bin_s=0.05)
    archive(tmp_path / "raw.npz", counts=harm)
    with pytest.raises(RecordingError, match=r"raw\.npz to be a readable NPZ file"):
        read_session(tmp_path / "raw.npz")
    assert not trace.exists()
    # The harm is real: what reads pickle does it.
    pickle.loads(harm)
    assert trace.exists()


def refused_cheaply(path: Path, message: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(RecordingError, match=message):
            read_session(path, bin_s=0.05)
        assert tracemalloc.get_traced_memory()[1] < 4e6
    finally:
        tracemalloc.stop()


def test_a_header_that_announces_too_much_takes_no_memory(tmp_path: Path) -> None:
    huge = header((2**31, 100), "<f8")
    path = archive(tmp_path / "bomb.npz", counts=huge + bytes(800))
    refused_cheaply(
        path, r"1717986918400 bytes, as its header says, in 'counts' of bomb.npz; got 80"
    )


def test_an_archive_that_unpacks_to_too_much_takes_no_memory(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("onward.recordings.sizes.MOST_BYTES", 2**24)
    counts = header((2**20, 8), "|u1") + bytes(2**23)
    signal = header((2**20, 1), "|u1") + bytes(2**20)
    path = archive(tmp_path / "bomb.npz", counts=counts, velocity=signal)
    assert path.stat().st_size < 2**15
    refused_cheaply(path, "at most 2 GiB in 'counts' of bomb.npz; got 0.0312 GiB, for")


@pytest.mark.parametrize("seed", range(120))
def test_a_damaged_file_is_refused_or_read_as_it_was(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    (path,) = write_days(tmp_path, ["2020-01-01"])
    whole = read_session(path)
    damaged = bytearray(path.read_bytes())
    if seed % 3:
        for place in rng.integers(0, len(damaged), int(rng.integers(1, 5))):
            damaged[place] ^= 1 << int(rng.integers(8))
    else:
        del damaged[int(rng.integers(len(damaged))) :]
    path.write_bytes(damaged)
    try:
        again = read_session(path)
    except RecordingError as error:
        assert path.stem in str(error) and str(error).startswith("Expected ")
        return
    assert again.channels == whole.channels and again.bin_s == whole.bin_s
    np.testing.assert_array_equal(again.counts, whole.counts)
    np.testing.assert_array_equal(again.targets, whole.targets)
