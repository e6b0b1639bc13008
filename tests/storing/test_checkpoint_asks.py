"""What `load` has to be given: classes of one's own, and what a file cannot hold."""

import re
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np
import optax
import pytest

import onward
from catalogue import Leaky, make_cell
from learning.examples import assert_same, learner_of, refusal, saved
from onward import (
    RNN,
    FactoredTransformation,
    Immediate,
    Learner,
    Optimizer,
    Shadowed,
    Squared,
)
from onward.storing import store


@pytest.fixture(autouse=True)
def as_for_a_user(untyped: None) -> None:
    """Without checks of types and shapes: only our own errors."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "learner"


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
    assert refusal(path) == (
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
    assert "Expected the class MyLoss" in refusal(path, classes=[MyRule])
    assert "Expected the class MyRule" in refusal(path, classes=[MyLoss])
    assert onward.load(path, classes=[MyRule, MyLoss])[0] == learner
    assert onward.load(path, rule=learner.parts.rule, loss=learner.parts.loss)[0] == learner


def test_a_class_that_has_the_name_of_ours_is_another(path: Path) -> None:
    class RNN(Leaky):
        pass

    learner = Learner(RNN(2, 5, key=jax.random.key(0)), optimizer="sgd")
    saved(path, learner)
    assert "Expected the class RNN, which is not the library's own" in refusal(path)
    assert type(onward.load(path, classes=[RNN])[0].cell) is RNN


def test_what_is_no_class_of_a_part_is_refused(path: Path) -> None:
    saved(path, learner_of())
    assert refusal(path, ValueError, classes=[make_cell("rnn")]).startswith(
        "Expected classes of cells, rules and other parts; got "
    )
    assert refusal(path, ValueError, classes=[dict]) == (
        "Expected classes of cells, rules and other parts; got <class 'dict'>. Try "
        "classes=[MyCell]."
    )
    others = [Leaky, type("Leaky", (Leaky,), {})]
    assert refusal(path, ValueError, classes=others) == (
        "Expected classes of different names; got two of the name Leaky. Try renaming one."
    )
    assert refusal(path, ValueError, size=3) == (
        "Expected settings among cell, targets, loss, rule, optimizer, learning_rate, readout, "
        "delay, every, feedback, scale, missing, mask, expansions, guard; got size. Try "
        "rule=onward.RTRL()."
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
        refusal(path),
    )
    loaded, restored = onward.load(path, optimizer=TRANSFORMATIONS[name])
    assert loaded == learner
    assert_same(restored, state)


@pytest.mark.parametrize("optimizer", ["adam", "auto"])
def test_a_schedule_is_asked_for(path: Path, optimizer: str) -> None:
    schedule = optax.linear_schedule(0.1, 0.0, 10)
    learner = learner_of("lru", optimizer=optimizer, learning_rate=schedule)
    state = saved(path, learner)
    told = refusal(path)
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
    assert "Expected optimizer.cell.count as int32" in refusal(path, optimizer="adam")


class Bent(RNN):
    """A cell with a function among its settings."""

    bend: Any = eqx.field(static=True, default=np.tanh)


def test_a_cell_that_cannot_be_written_is_asked_for(path: Path) -> None:
    cell = Bent(2, 3, key=jax.random.key(0))
    learner = Learner(cell, optimizer="sgd")
    saved(path, learner)
    assert refusal(path, classes=[Bent]) == (
        "Expected cell from the caller, as a checkpoint cannot hold it (cell.bend, of type ufunc); "
        "got none. Try onward.load(path, cell=...)."
    )
    assert onward.load(path, cell=cell)[0] == learner
    assert not any(name.startswith("weights/cell") for name in store.read(path)[0])


def test_changes_that_do_not_fit_the_state_are_refused(path: Path) -> None:
    saved(path, learner_of(rule=onward.RTRL()))
    assert "those of this learner; got carry.leaves.bias. Try a" in refusal(path, rule=Immediate())
    assert "Expected waiting.samples.x as float64 of shape (1, 2) in" in refusal(path, delay=1)
    larger = RNN(2, 6, key=jax.random.key(0))
    assert "Try onward.Linear(6, 1). (Read from " in refusal(path, cell=larger)
    assert refusal(path, rule=5) == (
        f"Expected rule of type AbstractRule; got 5. Try onward.Immediate(). (Read from {path}.)"
    )
