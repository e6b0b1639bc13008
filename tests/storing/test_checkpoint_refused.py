"""What cannot be saved or loaded: told in words, and never otherwise."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import onward
from learning.examples import assert_same, learner_of, refusal, saved, start
from onward import (
    CheckpointError,
)
from onward.storing import store


@pytest.fixture(autouse=True)
def as_for_a_user(untyped: None) -> None:
    """Without checks of types and shapes: only our own errors."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "learner"


def rewritten(path: Path, change: Callable[[dict[str, Any], dict[str, np.ndarray]], None]) -> None:
    """The file with its note or its arrays changed."""
    arrays, note = store.read(path)
    note = copy.deepcopy(note)
    change(note, arrays)
    store.write(path, arrays, note)


def test_a_state_of_another_learner_is_not_saved(path: Path) -> None:
    with pytest.raises(ValueError, match=r"^Expected a state of this learner; got one of another"):
        onward.save(path, learner_of("gru"), start(learner_of("rnn")))
    with pytest.raises(ValueError, match=r"^Expected learner of type Learner; got 3\. Try onward"):
        onward.save(path, 3, None)  # pyright: ignore[reportArgumentType]
    learner = learner_of()
    state = start(learner)
    learner.step(state, np.zeros(2), [1.0])
    with pytest.raises(ValueError, match=r"^Expected a state that no step has consumed; "):
        onward.save(path, learner, state)
    assert not path.exists()


def test_a_path_that_is_no_place_for_a_file_is_refused(tmp_path: Path) -> None:
    learner = learner_of()
    way_out = "Try 'learner.safetensors'."
    with pytest.raises(CheckpointError) as error:
        onward.save(tmp_path, learner, start(learner))
    assert str(error.value) == (
        f"Expected the path of a file to write; got {tmp_path}, a folder. {way_out}"
    )
    inside = tmp_path / "no" / "learner"
    with pytest.raises(CheckpointError) as error:
        onward.save(str(inside), learner, start(learner))
    assert str(error.value) == (
        f"Expected the path of a file to write; got {inside}, whose folder is not there. {way_out}"
    )


def test_no_file_and_another_schema_are_refused(tmp_path: Path, path: Path) -> None:
    assert refusal(path) == f"Expected a checkpoint at {path}; got no file. Try another folder."
    inside = tmp_path / "checkpoint" / "state.safetensors"
    assert refusal(tmp_path).startswith(f"Expected a checkpoint at {inside}; got no file.")
    saved(path, learner_of())
    rewritten(path, lambda note, _: note.update(schema=3))
    told = refusal(path)
    assert told.startswith(f"Expected a checkpoint of schema 2 at {path}; got 3, written by {{")
    assert "'onward': " in told and told.endswith("Try the version of onward that wrote it.")
    store.write(path, {}, {"parts": 1})
    assert "got None, written by nobody knows which version." in refusal(path)


def test_a_dtype_that_is_not_enabled_is_refused(path: Path) -> None:
    saved(path, learner_of())
    with jax.enable_x64(False):
        told = refusal(path)
    assert re.fullmatch(
        rf"Expected arrays of a dtype that JAX has enabled at {path}; got float64 of state/\S+ "
        r"with 64-bit types off\. Try jax\.config\.update\('jax_enable_x64', True\) first\.",
        told,
    )


def test_single_precision_is_loaded_with_and_without_64_bits(path: Path) -> None:
    learner = learner_of("gru", rule=onward.SparseRTRL(2), delay=2, dtype=np.float32)
    state = saved(path, learner)
    with jax.enable_x64(False):
        loaded, restored = onward.load(path)
    assert loaded == learner
    assert_same(restored, state)


Note = dict[str, Any]
Arrays = dict[str, np.ndarray]


def _deep(levels: int) -> Any:
    inner: Any = 1
    for _ in range(levels):
        inner = {"tuple": [inner]}
    return inner


def _resize(name: str) -> Callable[[Note, Arrays], None]:
    return lambda _, arrays: arrays.update({name: np.zeros((7, 7))})


def _put(value: Any, *keys: str) -> Callable[[Note, Arrays], None]:
    def change(note: Note, _: Arrays) -> None:
        for key in keys[:-1]:
            note = note[key]
        note[keys[-1]] = value

    return change


CELL = ("learner", "cell")
DAMAGES: dict[str, tuple[Callable[[Note, Arrays], None], str]] = {
    "no learner": (lambda note, _: note.pop("learner"), "got KeyError"),
    "a list of parts": (_put([], "learner"), "the parts of a learner; got"),
    "no argument": (_put(1, "learner", "size"), "unexpected keyword argument 'size'"),
    "asked for nothing": (_put(None, "asked"), "the parts of a learner; got"),
    "no state": (_put(None, "state"), "in the checkpoint; got nothing. Try a learner"),
    "a number for a cell": (_put(3, *CELL), "Expected cell of type AbstractCell; got 3"),
    "a rule for a cell": (
        _put({"class": "onward.Immediate", "fields": {}}, *CELL),
        "Expected cell of type AbstractCell; got Immediate",
    ),
    "an unknown class": (
        _put({"class": "onward.Nobody", "fields": {}}, *CELL),
        "Expected a class of this version of the library; got onward.Nobody",
    ),
    "a module to import": (
        _put({"class": "os.system", "fields": {}}, *CELL),
        "Expected the class os.system, which is not the library's own",
    ),
    "an abstract class": (
        _put({"class": "onward.AbstractCell", "fields": {}}, *CELL),
        "Expected a class of this version of the library; got onward.AbstractCell",
    ),
    "a class for a name": (_put({"class": ["a"], "fields": {}}, *CELL), "Expected a part of a"),
    "no fields": (_put({}, *CELL, "fields"), "Expected the fields recurrent, input, bias, input_"),
    "a field too many": (_put(1, *CELL, "fields", "more"), "activation of RNN; got "),
    "an odd size": (
        _put("a", *CELL, "fields", "input_size"),
        "Expected input_size to be a positive",
    ),
    "a size of its own": (_put(9, *CELL, "fields", "input_size"), "to take a step from"),
    "no such array": (
        _put({"array": "weights/none"}, *CELL, "fields", "bias"),
        "Expected the array weights/none in the file; got none.",
    ),
    "an odd form": (_put({"pickle": "gASV"}, "learner", "rule"), "got {'pickle': 'gASV'}. Try"),
    "a wrong setting": (
        _put({"class": "onward.TBPTT", "fields": {"window": 0}}, "learner", "rule"),
        "Expected window to be a positive integer; got 0",
    ),
    "a huge delay": (_put(10**15, "learner", "delay"), "of shape (1000000000000000, 2) in the"),
    "deep": (_put(_deep(200), "learner", "loss"), "parts within parts, 100 deep at most"),
    "a call": (
        _put({"call": {"type": "onward.Linear"}, "arguments": 3, "settings": {}}, "asked", "rule"),
        "the parts of a learner; got",
    ),
    "weights of another size": (_resize("weights/cell.bias"), "to take a step from"),
    "a state of another size": (
        _resize("state/recurrent"),
        "Expected recurrent as float64 of shape (5,) in the checkpoint; got float64 of shape (7",
    ),
    "no part of the state": (
        lambda _, arrays: arrays.pop("state/counters.values"),
        "Expected counters.values as uint32 of shape (5,) in the checkpoint; got nothing.",
    ),
    "one too many": (_resize("state/extra"), "but those of this learner; got extra."),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_hostile_file_is_refused_in_words(path: Path, name: str) -> None:
    change, told = DAMAGES[name]
    saved(path, learner_of())
    onward.load(path)
    rewritten(path, change)
    found = refusal(path)
    assert told in found
    assert found.startswith("Expected ") and "; got " in found and "Try " in found
