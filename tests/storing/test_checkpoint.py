"""What is saved is loaded: the same learner, the same state, and the same steps from there on."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import onward
from catalogue import CELLS, RULES, Leaky, LinearCell, Skip, Undeclared, make_cell
from learning.examples import FEATURES, assert_same, differs, filled, learner_of, start, stream
from matrix import SETTINGS as MORE
from matrix import left
from onward import (
    RTRL,
    CrossEntropy,
    Embedded,
    ExponentialMoments,
    FixedMoments,
    Huber,
    KernelClassifier,
    KernelRegressor,
    Learner,
    Optimizer,
    ReadoutOnly,
    RecursiveLeastSquares,
    SparseRTRL,
    Stack,
    Unscaled,
)
from onward.storing import store
from onward.storing.flat_state import flatten_state
from wired import Wired

STEPS = 10
OWN = (Leaky, LinearCell, Skip, Undeclared, Wired)


@pytest.fixture(autouse=True)
def as_for_a_user(untyped: None) -> None:
    """Without checks of types and shapes, which take longer than what is tested here."""


@contextmanager
def warnings_of(logger: str) -> Iterator[list[str]]:
    """What is logged within."""
    told: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.getMessage())
    logging.getLogger(logger).addHandler(handler)
    try:
        yield told
    finally:
        logging.getLogger(logger).removeHandler(handler)


def assert_comes_back(learner: Learner, path: Path, **loading: Any) -> None:
    state = filled(learner)
    onward.save(path, learner, state)
    loaded, restored = onward.load(path, **loading)
    assert loaded == learner and hash(loaded) == hash(learner)
    assert_same(restored, state)
    loaded.admit(restored)
    assert differs(restored, filled(learner, seed=1))
    assert not any(leaf.weak_type for leaf in jax.tree.leaves(restored))


def label(steps: int, learner: Learner) -> tuple[np.ndarray, np.ndarray]:
    xs, ys = stream(steps, learner.targets)
    ys = np.arange(steps)[:, None] % 3 if isinstance(learner.parts.loss, CrossEntropy) else ys
    return xs, ys


def assert_goes_on_alike(learner: Learner, path: Path, **loading: Any) -> None:
    """Learn, save, load, and learn on from both."""
    xs, ys = label(STEPS, learner)
    state, _ = learner.run(start(learner), xs, ys)
    onward.save(path, learner, state)
    loaded, restored = onward.load(path, **loading)
    assert loaded == learner and loaded.replace(guard=False) == learner.replace(guard=False)
    assert_same(restored, state)
    end, info = learner.run(state, xs, ys)
    restored_end, found = loaded.run(restored, xs, ys)
    assert_same(found, info)
    assert_same(restored_end, end)


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_comes_back(tmp_path: Path, cell: str) -> None:
    assert_comes_back(learner_of(cell), tmp_path / "learner", classes=OWN)


@pytest.mark.parametrize("rule", [left(rule) if rule in MORE else rule for rule in RULES])
def test_every_rule_comes_back(tmp_path: Path, rule: str) -> None:
    cell = next(cell for cell in CELLS if cell not in RULES[rule].impossible_on)
    learner = learner_of(cell, rule=RULES[rule].make(make_cell(cell)), delay=1)
    assert_comes_back(learner, tmp_path / "learner")


def test_cells_within_cells_come_back(tmp_path: Path) -> None:
    inner = Stack([make_cell("residual", inputs=4), make_cell("lru", inputs=4)], "local")
    cell = Embedded(inner, 7, key=jax.random.key(0))
    learner = Learner(cell, optimizer="sgd", scale=Unscaled())
    assert_comes_back(learner, tmp_path / "learner")
    assert onward.load(tmp_path / "learner")[0].cell.cell.credit == "local"


def test_a_rounded_influence_comes_back(tmp_path: Path) -> None:
    learner = learner_of("gru", rule=RTRL("bfloat16"), dtype=np.float32)
    assert_comes_back(learner, tmp_path / "learner")


SETTINGS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "late": ("rnn", "sparse shared random resampled", {"delay": 2}),
    "fed back": ("rnn", "uoro", {"feedback": True, "delay": 1}),
    "fixed scale": (
        "rnn",
        "tbptt 3",
        {"scale": {"inputs": FixedMoments(0.1, (0.5, 2.0), clip=3.0)}, "loss": Huber(0.5)},
    ),
    "unscaled": ("leaky", "shadowed trace", {"scale": Unscaled(), "guard": False}),
    "least squares": ("lru", "rtrl", {"readout": partial(RecursiveLeastSquares, forgetting=0.9)}),
    "like samples": ("gru", "immediate", {"readout": partial(KernelRegressor, window=7)}),
    "like classes": (
        "rnn",
        "immediate",
        {"loss": CrossEntropy(3), "readout": partial(KernelClassifier, window=7), "delay": 1},
    ),
    "classes": ("rnn", "immediate", {"loss": CrossEntropy(3), "learning_rate": {"readout": 0.1}}),
    "groups": (
        "rnn",
        "immediate",
        {
            "optimizer": Optimizer({"cell": "adam", "readout": "sgd"}, weight_decay=0.1, clip=1.0),
            "learning_rate": None,
            "targets": 2,
            "scale": ExponentialMoments(50.0, clip=None),
        },
    ),
    "single precision": ("stack", "frozen", {"dtype": np.float32, "optimizer": "momentum"}),
}


# What these have of their own is a setting, which comes back as others do.
BESIDE = {"fixed scale", "unscaled", "least squares", "single precision", "like samples"}


@pytest.mark.parametrize("name", [left(name) if name in BESIDE else name for name in SETTINGS])
def test_a_loaded_learner_goes_on_with_the_same_bits(tmp_path: Path, name: str) -> None:
    cell, rule, own = SETTINGS[name]
    own = {"rule": RULES[rule].make(make_cell(cell, inputs=FEATURES)), **own}
    assert_goes_on_alike(learner_of(cell, **own), tmp_path / "learner", classes=OWN)


def test_a_loaded_learner_compiles_nothing_anew(tmp_path: Path) -> None:
    learner, (xs, ys) = learner_of("mgu", delay=3), stream(4)
    state, _ = learner.run(start(learner), xs, ys)
    onward.save(tmp_path / "learner", learner, state)
    with jax.log_compiles(), warnings_of("jax") as told:
        loaded, state = onward.load(tmp_path / "learner")
        loaded.run(state, xs, ys)
    assert [line for line in told if "ompil" in line] == []


SCRIPT = """
import sys
import jax
jax.config.update("jax_enable_x64", True)
import numpy as np
import onward
learner, state = onward.load(sys.argv[1])
data = np.load(sys.argv[2])
state, info = learner.run(state, data["xs"], data["ys"])
onward.save(sys.argv[3], learner, state)
np.save(sys.argv[4], info.prediction)
"""


def test_a_fresh_process_goes_on_with_the_same_bits(tmp_path: Path) -> None:
    cell, rule, own = SETTINGS["late"]
    learner, (xs, ys) = learner_of(cell, rule=RULES[rule].make(None), **own), stream(STEPS)
    state, _ = learner.run(start(learner), xs, ys)
    paths = [tmp_path / name for name in ("saved", "data.npz", "end", "predictions.npy")]
    onward.save(paths[0], learner, state)
    np.savez(paths[1], xs=xs, ys=ys)
    subprocess.run([sys.executable, "-c", SCRIPT, *paths], check=True)
    end, info = learner.run(state, xs, ys)
    np.testing.assert_array_equal(np.load(paths[3]), info.prediction)
    assert_same(onward.load(paths[2])[1], end)


def test_weights_are_stored_once_where_the_state_has_the_same(tmp_path: Path) -> None:
    learner = learner_of("rnn", rule=ReadoutOnly())
    onward.save(tmp_path / "new", learner, start(learner))
    names = set(store.read(tmp_path / "new")[0])
    assert names == {f"state/{name}" for name in flatten_state(start(learner))}
    state, _ = learner.run(start(learner), *stream(STEPS))
    onward.save(tmp_path / "old", learner, state)
    more = set(store.read(tmp_path / "old")[0]) - names
    assert more == {f"weights/readout.{name}" for name in ("weight", "direct", "bias")}
    assert onward.load(tmp_path / "old")[0] == learner


def test_what_the_learner_was_asked_for_comes_back(tmp_path: Path) -> None:
    learner = Learner(make_cell("rnn"), loss=Huber(), feedback=True)
    onward.save(tmp_path / "learner", learner, filled(learner))
    loaded, _ = onward.load(tmp_path / "learner")
    assert loaded.asked == learner.asked and loaded.asked["optimizer"] == "auto"
    changes = {"cell": make_cell("lstm"), "optimizer": "sgd"}
    assert loaded.replace(**changes) == learner.replace(**changes) != learner


def test_a_checkpoint_describes_itself(tmp_path: Path) -> None:
    learner = learner_of("skip", rule=SparseRTRL(3))
    onward.save(tmp_path / "learner", learner, filled(learner))
    told = onward.describe(tmp_path / "learner")
    assert told["schema"] == 2
    assert set(told["versions"]) == {"python", "onward", "jax", "equinox", "optax", "numpy"}
    assert told["versions"]["jax"] == jax.__version__
    assert told["learner"]["cell"]["class"] == "Skip"
    assert told["learner"]["cell"]["fields"]["core"]["class"] == "onward.RNN"
    assert told["learner"]["rule"]["fields"]["k"] == 3
