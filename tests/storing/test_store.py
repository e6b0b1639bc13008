"""Arrays and a note: what is written is read, and a failure leaves what was there."""

import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from onward.storing.store import CheckpointError, read, read_note, write


def test_arrays_of_every_kind_come_back(tmp_path: Path) -> None:
    arrays = {
        "number": np.array(2.5),
        "flag": np.array(True),
        "flags": np.array([True, False]),
        "counts": np.arange(3),
        "small counts": np.arange(3, dtype=np.int32),
        "key": np.array([0, 2**32 - 1], np.uint32),
        "none": np.empty((0, 2)),
        "single": np.array([[np.nan, np.inf, -0.0, 1e-45]], np.float32),
        "transposed": np.arange(6.0).reshape(2, 3).T,
        "every second": np.arange(10.0)[::2],
        "a/b.c/frozen after warm-up": np.ones(1),
    }
    note = {"parts": 3, "identity": {"names": ["α", 'a"b'], "none": None, "rate": 0.1}}
    write(tmp_path / "state", arrays, note)
    found, found_note = read(tmp_path / "state")
    assert found_note == note and set(found) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array, strict=True)
        np.testing.assert_array_equal(np.signbit(found["single"]), [[False, False, True, False]])
    assert os.listdir(tmp_path) == ["state"]


def test_only_the_arrays_asked_for_are_read(tmp_path: Path) -> None:
    write(tmp_path / "state", {"a/b": np.ones(1), "ab": np.ones(1), "c": np.ones(1)}, {"n": 1})
    arrays, note = read(tmp_path / "state", ("a/", "c"))
    assert set(arrays) == {"a/b", "c"} and note == read_note(tmp_path / "state") == {"n": 1}


def test_the_last_one_written_is_read(tmp_path: Path) -> None:
    for value in range(3):
        write(tmp_path / "state", {"a": np.array(value)}, {"value": value})
    arrays, note = read(tmp_path / "state")
    assert (arrays["a"], note) == (2, {"value": 2})


@pytest.mark.parametrize("function", ["replace", "fsync"])
def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    path = tmp_path / "state"
    write(path, {"a": np.zeros(4)}, {"is": "old"})

    def fail(*_: object) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(os, function, fail)
        write(path, {"a": np.ones(4)}, {"is": "new"})
    arrays, note = read(path)
    assert note == {"is": "old"} and not arrays["a"].any()
    write(path, {"a": np.ones(4)}, {"is": "new"})
    assert read(path)[1] == {"is": "new"} and os.listdir(tmp_path) == ["state"]


def test_all_is_on_disk_before_the_old_file_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    for name in ("fsync", "replace"):
        whole = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, n=name, w=whole: (order.append(n), w(*a))[1])
    write(tmp_path / "state", {"a": np.ones(1)}, {})
    # The content, the name, and then the folder in which the name stands.
    assert order == ["fsync", "replace", "fsync"]


def test_no_file_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with pytest.raises(CheckpointError) as error:
        read(path)
    expected = f"Expected a checkpoint at {path}; got no file. Try another folder."
    assert str(error.value) == expected


NOTES = {
    "no JSON": "no JSON",
    "no mapping": "[1, 2]",
    "deep": "[" * 100_000 + "]" * 100_000,
    "a long number": "1" * 10_000,
}


def damaged(path: Path, damage: str) -> None:
    write(path, {"a": np.arange(100.0)}, {"parts": 1})
    whole = path.read_bytes()
    if damage == "another file":
        save_file({"a": np.ones(1)}, path)
    elif damage in NOTES:
        save_file({"a": np.ones(1)}, path, metadata={"note": NOTES[damage]})
    else:
        content = {
            "empty": b"",
            "half": whole[: len(whole) // 2],
            "less a byte": whole[:-1],
            "header only": whole[:20],
            "text": b"a,y\n1,2\n" * 100,
        }
        path.write_bytes(content[damage])


@pytest.mark.parametrize(
    "damage",
    ["empty", "half", "less a byte", "header only", "text", "another file", *NOTES],
)
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "state"
    damaged(path, damage)
    with pytest.raises(CheckpointError) as error:
        read(path)
    message = str(error.value)
    with pytest.raises(CheckpointError):
        read_note(path)
    assert message.startswith(f"Expected a checkpoint at {path}; got a file that cannot be read (")
    assert message.endswith("). Try starting anew in another folder.")


def test_content_that_differs_from_its_checksum_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state"
    write(path, {"a": np.arange(100.0)}, {"parts": 1})
    whole = bytearray(path.read_bytes())
    whole[-5] ^= 1
    path.write_bytes(whole)
    with pytest.raises(CheckpointError, match=r"its checksum is [0-9a-f]{64}, that of its content"):
        read(path, ("b",))


def test_a_file_of_before_has_no_checksum_and_is_read_unless_one_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "state"
    save_file({"a": np.ones(1)}, path, metadata={"note": '{"parts": 1}'})
    assert read(path)[1] == {"parts": 1}
    with pytest.raises(CheckpointError, match="its checksum is None"):
        read(path, summed=True)


def test_the_same_content_is_the_same_file(tmp_path: Path) -> None:
    for name in "abcdef":
        write(tmp_path / name, {"a": np.arange(3.0), "b": np.ones(2)}, {"parts": 1, "rate": 0.1})
    assert len({(tmp_path / name).read_bytes() for name in "abcdef"}) == 1
