"""What cannot be loaded, and what `load` has to be given: told in words, and never otherwise."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np
import optax
import pytest

import onward
from catalogue import Leaky, make_cell
from onward import (
    RNN,
    CheckpointError,
    FactoredTransformation,
    Immediate,
    Learner,
    LearnerState,
    Optimizer,
    Shadowed,
    Squared,
)
from onward.learning import store

from .examples import assert_same, learner_of, start


@pytest.fixture(autouse=True)
def as_for_a_user(untyped: None) -> None:
    """Without checks of types and shapes: only our own errors."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "learner"


def saved(path: Path, learner: Learner) -> LearnerState:
    state = start(learner)
    onward.save(path, learner, state)
    return state


def message(path: Path, kind: type[Exception] = CheckpointError, **loading: Any) -> str:
    with pytest.raises(kind) as error:
        onward.load(path, **loading)
    assert type(error.value) is kind
    return str(error.value)


def rewritten(path: Path, change: Callable[[dict[str, Any], dict[str, np.ndarray]], None]) -> None:
    """The file with its note or its arrays changed."""
    arrays, note = store.read(path)
    note = copy.deepcopy(note)
    change(note, arrays)
    store.write(path, arrays, note)


class MyRule(Immediate.__mro__[1]):
    """One of a user's own."""

    base: Immediate = Immediate()
    rate: float = eqx.field(static=True, default=float("inf"))

    def init(self, cell, state, x, key):
        return self.base.init(cell, state, x, key)

    def advance(self, cell, carry, state_prev, x):
        return self.base.advance(cell, carry, state_prev, x)

    def credit(self, cell, carry, signal):
        return self.base.credit(cell, carry, signal)

    def exactness(self, cell):
        return "biased"


class MyLoss(Squared.__mro__[1]):
    """The squared error with a weight."""

    weight: float = eqx.field(static=True)

    def per_target(self, output, label):
        return self.weight * (output - label) ** 2


def test_a_cell_of_ones_own_is_asked_for_and_taken(path: Path) -> None:
    learner = learner_of("leaky")
    state = saved(path, learner)
    assert message(path) == (
        "Expected the class Leaky, which is not the library's own; got none of that name. Try "
        "onward.load(path, classes=[Leaky])."
    )
    loaded, restored = onward.load(path, classes=[Leaky])
    assert loaded == learner
    assert_same(restored, state)
    assert onward.load(path, cell=learner.cell)[0] == learner


def test_rules_and_losses_of_ones_own_are_taken(path: Path) -> None:
    learner = learner_of("rnn", rule=Shadowed(MyRule(rate=2.0)), loss=MyLoss(0.3))
    saved(path, learner)
    assert "Expected the class MyLoss" in message(path, classes=[MyRule])
    assert "Expected the class MyRule" in message(path, classes=[MyLoss])
    assert onward.load(path, classes=[MyRule, MyLoss])[0] == learner
    assert onward.load(path, rule=learner.parts.rule, loss=learner.parts.loss)[0] == learner


def test_a_class_that_has_the_name_of_ours_is_another(path: Path) -> None:
    class RNN(Leaky):
        pass

    learner = Learner(RNN(2, 5, key=jax.random.key(0)), optimizer="sgd")
    saved(path, learner)
    assert "Expected the class RNN, which is not the library's own" in message(path)
    assert type(onward.load(path, classes=[RNN])[0].cell) is RNN


def test_what_is_no_class_of_a_part_is_refused(path: Path) -> None:
    saved(path, learner_of())
    assert message(path, ValueError, classes=[make_cell("rnn")]).startswith(
        "Expected classes of cells, rules and other parts; got "
    )
    assert message(path, ValueError, classes=[dict]) == (
        "Expected classes of cells, rules and other parts; got <class 'dict'>. Try "
        "classes=[MyCell]."
    )
    others = [Leaky, type("Leaky", (Leaky,), {})]
    assert message(path, ValueError, classes=others) == (
        "Expected classes of different names; got two of the name Leaky. Try renaming one."
    )
    assert message(path, ValueError, size=3) == (
        "Expected settings among cell, targets, loss, rule, optimizer, learning_rate, readout, "
        "delay, feedback, scale, guard; got size. Try rule=onward.RTRL()."
    )


TRANSFORMATIONS: dict[str, Any] = {
    "optax": optax.adam(1e-3),
    "factored": FactoredTransformation(*optax.sgd(1e-3)),
    "one of two": {"cell": "sgd", "readout": optax.sgd(1e-3)},
    "within": Optimizer("sgd", lambda count: 0.1),
}


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_an_optimizer_that_cannot_be_written_is_asked_for(path: Path, name: str) -> None:
    learner = learner_of(optimizer=TRANSFORMATIONS[name], learning_rate=None)
    state = saved(path, learner)
    assert re.fullmatch(
        r"Expected optimizer from the caller, as a checkpoint cannot hold it \(optimizer.*, of "
        r"type \w+\); got none\. Try onward\.load\(path, optimizer=\.\.\.\)\.",
        message(path),
    )
    loaded, restored = onward.load(path, optimizer=TRANSFORMATIONS[name])
    assert loaded == learner
    assert_same(restored, state)


@pytest.mark.parametrize("optimizer", ["adam", "auto"])
def test_a_schedule_is_asked_for(path: Path, optimizer: str) -> None:
    schedule = optax.linear_schedule(0.1, 0.0, 10)
    learner = learner_of("lru", optimizer=optimizer, learning_rate=schedule)
    state = saved(path, learner)
    told = message(path)
    assert told.startswith("Expected learning_rate from the caller, as a checkpoint cannot hold it")
    assert told.endswith("Try onward.load(path, learning_rate=...).")
    loaded, restored = onward.load(path, learning_rate=schedule)
    assert loaded == learner
    assert_same(restored, state)


def test_another_optimizer_or_rate_keeps_the_other_argument(path: Path) -> None:
    learner = learner_of(optimizer="momentum", learning_rate=0.1)
    saved(path, learner)
    for changes in ({"learning_rate": 0.5}, {"guard": False}):
        assert onward.load(path, **changes)[0] == learner.replace(**changes)
    assert "Expected optimizer.readout" in message(path, optimizer="adam")


class Bent(RNN):
    """A cell with a function among its settings."""

    bend: Any = eqx.field(static=True, default=np.tanh)


def test_a_cell_that_cannot_be_written_is_asked_for(path: Path) -> None:
    cell = Bent(2, 3, key=jax.random.key(0))
    learner = Learner(cell, optimizer="sgd")
    saved(path, learner)
    assert message(path, classes=[Bent]) == (
        "Expected cell from the caller, as a checkpoint cannot hold it (cell.bend, of type ufunc); "
        "got none. Try onward.load(path, cell=...)."
    )
    assert onward.load(path, cell=cell)[0] == learner
    assert not any(name.startswith("weights/cell") for name in store.read(path)[0])


def test_changes_that_do_not_fit_the_state_are_refused(path: Path) -> None:
    saved(path, learner_of(rule=onward.RTRL()))
    assert "got carry.leaves.recurrent. Try a learner with" in message(path, rule=Immediate())
    assert "as float64 of shape (6, 6) in the checkpoint" in message(
        path, cell=make_cell("undeclared", inputs=2)
    ) or "Expected " in message(path, cell=make_cell("undeclared", inputs=2))
    told = message(path, rule=5)
    assert "got ValueError: Expected rule of type AbstractRule; got 5." in told


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
    assert message(path) == f"Expected a checkpoint at {path}; got no file. Try another folder."
    inside = tmp_path / "checkpoint" / "state.safetensors"
    assert message(tmp_path).startswith(f"Expected a checkpoint at {inside}; got no file.")
    saved(path, learner_of())
    rewritten(path, lambda note, _: note.update(schema=2))
    told = message(path)
    assert told.startswith(f"Expected a checkpoint of schema 1 at {path}; got 2, written by {{")
    assert "'onward': " in told and told.endswith("Try the version of onward that wrote it.")
    store.write(path, {}, {"parts": 1})
    assert "got None, written by nobody knows which version." in message(path)


def test_a_dtype_that_is_not_enabled_is_refused(path: Path) -> None:
    saved(path, learner_of())
    with jax.enable_x64(False):
        told = message(path)
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
    "a list of parts": (_put([], "learner"), "the parts of a learner at"),
    "no argument": (_put(1, "learner", "size"), "unexpected keyword argument 'size'"),
    "asked for nothing": (_put(None, "asked"), "the parts of a learner at"),
    "no state": (_put(None, "state"), "got none. Try a file that onward.save wrote."),
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
    "an odd size": (_put("a", *CELL, "fields", "input_size"), "the parts of a learner at"),
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
    "a huge delay": (_put(10**15, "learner", "delay"), "the parts of a learner at"),
    "deep": (_put(_deep(200), "learner", "loss"), "parts within parts, 100 deep at most"),
    "a call": (
        _put({"call": {"type": "onward.Linear"}, "arguments": 3, "settings": {}}, "asked", "rule"),
        "the parts of a learner at",
    ),
    "weights of another size": (_resize("state/parameters.cell.bias"), "to take a step from"),
    "a state of another size": (
        _resize("state/recurrent"),
        "Expected recurrent as float64 of shape (5,) in the checkpoint; got float64 of shape (7",
    ),
    "no part of the state": (
        lambda _, arrays: arrays.pop("state/counters.values"),
        "Expected counters.values as uint32 of shape (4,) in the checkpoint; got nothing.",
    ),
    "one too many": (_resize("state/extra"), "but those of this learner; got extra."),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_hostile_file_is_refused_in_words(path: Path, name: str) -> None:
    change, told = DAMAGES[name]
    saved(path, learner_of())
    onward.load(path)
    rewritten(path, change)
    found = message(path)
    assert told in found
    assert found.startswith("Expected ") and "; got " in found and "Try " in found
