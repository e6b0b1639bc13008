"""Checkpoints: what is saved is loaded, and a failure leaves what was there."""

import os
from pathlib import Path

import jax
import numpy as np
import pytest
from safetensors.numpy import save_file

from onward import GRU, RTRL, TBPTT, AbstractRule, Immediate, Learner, SparseRTRL
from onward.learning.checkpoint import CheckpointError, flatten_state, load, restore_state, save

FEATURES, UNITS, STEPS = 3, 4, 40


@pytest.fixture(autouse=True)
def as_for_a_user(untyped: None) -> None:
    """Without checks of types and shapes, which take longer than what is tested here."""


def learner_of(rule: AbstractRule, units: int = UNITS, delay: int = 0, **more) -> Learner:
    cell = GRU(FEATURES, units, key=jax.random.key(0), dtype=np.float32)
    return Learner(cell, rule=rule, delay=delay, optimizer="adam", **more)


def samples(steps: int = STEPS) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return (
        random.normal(size=(steps, FEATURES)).astype(np.float32),
        random.normal(size=(steps, 1)).astype(np.float32),
    )


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
    save(tmp_path / "state", arrays, note)
    found, found_note = load(tmp_path / "state")
    assert found_note == note and set(found) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array, strict=True)
        np.testing.assert_array_equal(np.signbit(found["single"]), [[False, False, True, False]])
    assert os.listdir(tmp_path) == ["state"]


def test_the_last_one_saved_is_loaded(tmp_path: Path) -> None:
    for value in range(3):
        save(tmp_path / "state", {"a": np.array(value)}, {"value": value})
    arrays, note = load(tmp_path / "state")
    assert (arrays["a"], note) == (2, {"value": 2})


@pytest.mark.parametrize("function", ["replace", "fsync"])
def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    path = tmp_path / "state"
    save(path, {"a": np.zeros(4)}, {"is": "old"})

    def fail(*_: object) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(os, function, fail)
        save(path, {"a": np.ones(4)}, {"is": "new"})
    arrays, note = load(path)
    assert note == {"is": "old"} and not arrays["a"].any()
    save(path, {"a": np.ones(4)}, {"is": "new"})
    assert load(path)[1] == {"is": "new"} and os.listdir(tmp_path) == ["state"]


def test_all_is_on_disk_before_the_old_file_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    for name in ("fsync", "replace"):
        whole = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, n=name, w=whole: (order.append(n), w(*a))[1])
    save(tmp_path / "state", {"a": np.ones(1)}, {})
    assert order == ["fsync", "replace"]


def test_no_file_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with pytest.raises(CheckpointError) as error:
        load(path)
    expected = f"Expected a checkpoint at {path}; got no file. Try another folder."
    assert str(error.value) == expected


def damaged(path: Path, damage: str) -> None:
    save(path, {"a": np.arange(100.0)}, {"parts": 1})
    whole = path.read_bytes()
    if damage == "another file":
        save_file({"a": np.ones(1)}, path)
    elif damage == "another note":
        save_file({"a": np.ones(1)}, path, metadata={"note": "no JSON"})
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
    ["empty", "half", "less a byte", "header only", "text", "another file", "another note"],
)
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "state"
    damaged(path, damage)
    with pytest.raises(CheckpointError) as error:
        load(path)
    message = str(error.value)
    assert message.startswith(f"Expected a checkpoint at {path}; got a file that cannot be read (")
    assert message.endswith("). Try starting anew in another folder.")


@pytest.mark.parametrize(
    ("rule", "delay"),
    [(TBPTT(3), 0), (SparseRTRL(k=2, resample=True), 3), (RTRL("bfloat16"), 0)],
    ids=["tbptt", "late sparse", "rounded"],
)
def test_a_restored_learner_goes_on_with_the_same_bits(
    tmp_path: Path, rule: AbstractRule, delay: int
) -> None:
    learner, (xs, ys) = learner_of(rule, delay=delay), samples()
    state, _ = learner.run(learner.init(jax.random.key(1)), xs, ys)
    save(tmp_path / "state", flatten_state(state), {})
    end, expected = learner.run(state, xs, ys)
    # Another key and other weights: nothing of `like` but its structure may count.
    other = learner.init(jax.random.key(2))
    restored = restore_state(other, load(tmp_path / "state")[0])
    restored_end, found = learner.run(restored, xs, ys)
    np.testing.assert_array_equal(found.prediction, expected.prediction)
    first, second = flatten_state(end), flatten_state(restored_end)
    assert set(first) == set(second)
    for name, array in first.items():
        np.testing.assert_array_equal(second[name], array, name, strict=True)


def test_every_leaf_of_a_state_is_saved_under_its_path() -> None:
    state = learner_of(SparseRTRL(k=2), delay=2).init(jax.random.key(0))
    arrays = flatten_state(state)
    assert len(arrays) == len(jax.tree.leaves(state))
    assert arrays["counters.values"].tolist() == [0, 0, 0, 0]
    assert arrays["parameters.cell.recurrent"].dtype == np.float32
    assert {"recurrent", "key", "waiting.samples.usable", "input_scale.values"} <= set(arrays)


def message_of(like: Learner, arrays: dict[str, np.ndarray]) -> str:
    with pytest.raises(CheckpointError) as error:
        restore_state(like.init(jax.random.key(0)), arrays)
    return str(error.value)


def test_a_state_of_another_learner_is_refused() -> None:
    learner = learner_of(Immediate())
    arrays = flatten_state(learner.init(jax.random.key(0)))
    name, shape = "parameters.cell.input", arrays["parameters.cell.input"].shape
    way_out = "Try a learner with the settings that the checkpoint was made with."
    wrong = {
        f"float32 of shape {(2, *shape)}": np.zeros((2, *shape), np.float32),
        f"float64 of shape {shape}": arrays[name].astype(np.float64),
        "float32 of shape ()": np.zeros((), np.float32),
    }
    for what, array in wrong.items():
        assert message_of(learner, {**arrays, name: array}) == (
            f"Expected {name} as float32 of shape {shape} in the checkpoint; got {what}. {way_out}"
        )
    assert "; got nothing. Try a learner" in message_of(learner, {})
    assert "float32 of shape" in message_of(learner_of(Immediate(), units=5), arrays)


def test_arrays_of_others_are_ignored() -> None:
    learner = learner_of(Immediate())
    state = learner.init(jax.random.key(0))
    arrays = {**flatten_state(state), "somebody else's": np.ones(1)}
    assert set(flatten_state(restore_state(state, arrays))) == set(flatten_state(state))
