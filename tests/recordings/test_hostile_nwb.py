"""NWB files that nobody would write: read, or refused in words, in bounded memory."""

import shutil
import tempfile
import tracemalloc
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onward.recordings import RecordingError, read_session
from tests.hostile import drawn

from .writing import NwbWriter, trains

SECONDS, RATE = 4.0, 100.0


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("nwb") / "whole.nwb"
    times = np.arange(int(SECONDS * RATE)) / RATE
    moved = np.stack([np.sin(times), np.cos(times)], axis=1)
    with NwbWriter(path) as file:
        file.units(trains(3, SECONDS), ("e1", "e2", "e3"))
        file.acquisition("velocity", moved, RATE, unit="m/s")
        file.acquisition("eval_mask", (times > 1).astype(np.int8), times)
        file.columns("finger_vel", {"index": moved[:, 0], "mrs": moved[:, 1]}, times)
        file.position(moved, times, unit="m")
        file.trials([(0.5, 1.5), (2.0, 3.5)])
    return path


def places(path: Path) -> list[str]:
    """All groups and datasets that a reader may look at."""
    found: list[str] = []
    with h5py.File(path) as file:
        file.visit(found.append)
    return [name for name in found if not name.startswith("specifications")]


KINDS = ("f8", "f4", "i8", "u1", "?", "S3", "O", "i4", "f2")
numbers = st.sampled_from([0.0, -1.0, 1e308, -1e308, float("nan"), float("inf"), 2**31, 1e-300, 3])
shapes = st.sampled_from([(), (0,), (1,), (3,), (6,), (400,), (400, 2), (2, 2, 2), (0, 4)])


@st.composite
def harms(draw: st.DrawFn) -> tuple[Any, ...]:
    """Something that is done to one place of a file."""
    kind = draw(st.sampled_from(["delete", "array", "array", "huge", "attribute", "link", "entry"]))
    where = draw(st.integers(0, 10_000))
    match kind:
        case "array":
            return kind, where, draw(shapes), draw(st.sampled_from(KINDS)), draw(numbers)
        case "huge":
            return kind, where, draw(st.sampled_from([(2**40,), (2**31, 3), (2**62,)]))
        case "attribute":
            value = draw(st.one_of(numbers, st.text(max_size=3), st.just(b"\xff"), st.none()))
            return kind, where, draw(st.integers(0, 30)), value
        case "link":
            return kind, where, draw(st.sampled_from(["itself", "nowhere", "other file", "up"]))
        case "entry":
            return kind, where, draw(st.integers(0, 500)), draw(numbers)
    return kind, where


def harmed(file: h5py.File, name: str, harm: tuple[Any, ...]) -> None:
    """Do it to a group or a dataset that is there."""
    kind, _, *rest = harm
    attributes = dict(file[name].attrs)
    match kind:
        case "delete":
            del file[name]
        case "array":
            put(file, name, **filled(*rest))
        case "huge":
            (shape,) = rest
            put(file, name, shape=shape, dtype="f8", chunks=tuple(min(size, 8) for size in shape))
        case "attribute" if attributes:
            key = sorted(attributes)[rest[0] % len(attributes)]
            del file[name].attrs[key]
            if rest[1] is not None:
                file[name].attrs[key] = rest[1]
        case "link":
            del file[name]
            links = {
                "itself": h5py.SoftLink(f"/{name}"),
                "nowhere": h5py.SoftLink("/not/there"),
                "other file": h5py.ExternalLink("/etc/passwd", "/"),
                "up": h5py.SoftLink("/"),
            }
            file[name] = links[rest[0]]
        case "entry" if isinstance(file[name], h5py.Dataset):
            data = file[name]
            if data.ndim and data.size and data.dtype.kind in "fiu":
                data[rest[0] % len(data)] = as_kind(rest[1], data.dtype)


def is_there(file: h5py.File, name: str) -> bool:
    try:
        return file[name] is not None
    except (KeyError, OSError, RuntimeError):
        return False


def put(file: h5py.File, name: str, **made: Any) -> None:
    """Another dataset in that place, with the attributes of what was there."""
    attributes = dict(file[name].attrs)
    del file[name]
    data = file.create_dataset(name, **made)
    for key, value in attributes.items():
        # Bytes of no encoding cannot be copied.
        with suppress(UnicodeEncodeError):
            data.attrs[key] = value


def filled(shape: tuple[int, ...], kind: str, value: float) -> dict[str, Any]:
    """What a dataset of one value is made of; text where the kind is an object."""
    if kind == "O":
        return {"data": np.full(shape, str(value), object), "dtype": h5py.string_dtype()}
    return {"data": np.full(shape, as_kind(value, np.dtype(kind)))}


def as_kind(value: float, dtype: np.dtype) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.array(value).astype(dtype)


asked = st.fixed_dictionaries(
    {"target": st.sampled_from(["velocity", "finger_vel", "cursor", "position", "not there"])},
    optional={
        "bin_s": st.sampled_from([0.05, 0.01, 1e-9, 1e9]),
        "position": st.sampled_from(["cursor", "velocity"]),
        "beyond": st.sampled_from([0.5, 1e300]),
        "mask": st.sampled_from([None, "eval_mask", "velocity"]),
        "starts": st.sampled_from(["gaps", "trials"]),
        "stamps": st.sampled_from(["end", "start"]),
        "goal": st.sampled_from(["cursor"]),
    },
)


@pytest.fixture(scope="module")
def names(whole: Path) -> list[str]:
    return places(whole)


@drawn(20)
@given(harm=st.lists(harms(), max_size=3), said=asked)
def test_it_is_read_or_refused_in_words(
    whole: Path, names: list[str], harm: list[tuple[Any, ...]], said: dict[str, Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = shutil.copy(whole, Path(folder) / "drawn.nwb")
        with h5py.File(path, "r+") as file:
            for one in harm:
                name = names[one[1] % len(names)]
                # What an earlier one has taken away, or linked to nothing, is left.
                if is_there(file, name):
                    harmed(file, name, one)
        try:
            found = read_session(path, **said)
        except RecordingError as error:
            assert str(error).startswith("Expected ") and len(str(error)) < 2000, error
            return
        rows = len(found)
        assert found.counts.shape == (rows, len(found.channels))
        assert found.targets.shape == (rows, len(found.target_names))
        assert not np.isinf(found.targets).any() and not np.isinf(found.counts).any()


@drawn(20)
@given(cut=st.floats(0, 1), places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255))))
def test_one_whose_bytes_are_damaged_is_read_or_refused_in_words(
    whole: Path, cut: float, places: list[tuple[float, int]]
) -> None:
    content = bytearray(whole.read_bytes())
    for where, byte in places:
        content[min(int(where * len(content)), len(content) - 1)] = byte
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "drawn.nwb"
        path.write_bytes(content[: int(len(content) * max(cut, 0.2))] if cut < 0.5 else content)
        try:
            read_session(path)
        except RecordingError as error:
            assert str(error).startswith("Expected ")


# In `make test` those that were read without a look at their size.
FOUND = ("acquisition/eval_mask/timestamps", "units/electrodes")
OTHERS = (
    *(f"acquisition/{name}" for name in ("eval_mask/data", "velocity/data", "finger_vel/mrs/data")),
    *("acquisition/finger_vel/mrs/timestamps", "processing/behavior/Position/cursor/timestamps"),
    *("processing/behavior/Position/cursor/data", "general/extracellular_ephys/electrodes/id"),
    *(f"intervals/trials/{name}" for name in ("start_time", "stop_time")),
    *(f"units/{name}" for name in ("id", "spike_times", "spike_times_index", "electrodes_index")),
)


@pytest.mark.parametrize(
    "name", [*FOUND, *(pytest.param(name, marks=pytest.mark.matrix) for name in OTHERS)]
)
def test_one_that_announces_too_much_takes_no_memory(
    whole: Path, tmp_path: Path, name: str
) -> None:
    path = shutil.copy(whole, tmp_path / "huge.nwb")
    with h5py.File(path, "r+") as file:
        # One number more than 2 GiB, of which none is there.
        put(file, name, shape=(2**28 + 1,), dtype="f8", chunks=(1024,))
    target = "cursor" if "cursor" in name else "finger_vel" if "finger" in name else "velocity"
    tracemalloc.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = read_session(path, target, mask="eval_mask")
        assert len(found) < 100
    except RecordingError as error:
        assert str(error).startswith("Expected ")
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2**26, peak
