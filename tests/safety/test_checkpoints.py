"""A folder of checkpoints: what comes back, what is kept, and what is passed over."""

import os
from pathlib import Path

import jax
import numpy as np
import pytest

import onward
from catalogue import CELLS, RULES, make_cell
from learning.examples import FEATURES, assert_same, filled, learner_of, start, stream
from onward import CheckpointError, Lags, Learner
from onward.learning import store as files
from onward.safety.checkpoints import CheckpointStore
from onward.safety.guarded import Guarded
from onward.safety.guards import Guards
from wired import Wired

from .examples import OWN, damaged_copies


@pytest.fixture(autouse=True)
def as_for_a_user(untyped: None) -> None:
    """Without checks of types and shapes: only our own errors."""


# That each cell and each rule comes back, other tests say of the files; here all pairs do, and in
# `make test` those whose states are least alike.
FEW = {("gru", "rtrl"), ("rnn", "uoro"), ("stack", "tbptt 3"), ("lru", "sketch 2")}
PAIRS = [
    pytest.param(cell, rule, marks=() if (cell, rule) in FEW else pytest.mark.matrix)
    for cell in CELLS
    for rule, row in RULES.items()
    if cell not in row.impossible_on
]


@pytest.mark.parametrize(("cell", "rule"), PAIRS)
def test_every_pair_comes_back(tmp_path: Path, cell: str, rule: str) -> None:
    """All that there is in a state, late labels, keys and counters too."""
    made = RULES[rule].make(make_cell(cell, inputs=FEATURES))
    learner = learner_of(cell, rule=made, delay=1)
    state, store = filled(learner), CheckpointStore(tmp_path)
    store.save(learner, state, 7)
    found = store.latest(classes=OWN)
    assert found is not None and (found.position, found.passed_over) == (7, ())
    assert found.learner == learner
    assert_same(found.state, state)


def test_a_guarded_learner_comes_back_whole_and_the_one_within_alone(tmp_path: Path) -> None:
    xs, ys = stream(20)
    guarded = Guarded(learner_of("rnn", rule=onward.EProp()), Guards("drop", limit=4.0))
    state, _ = guarded.run(guarded.init(jax.random.key(0)), xs, ys)
    store = CheckpointStore(tmp_path)
    path = store.save(guarded, state, 20)
    found = store.latest()
    assert found is not None and found.learner == guarded
    assert_same(found.state, state)
    inner, alone = onward.load(path)
    assert inner == guarded.learner
    assert_same(alone.fields, state.learner)
    end, info = guarded.run(state, xs, ys)
    again, told = found.learner.run(found.state, xs, ys)
    assert_same(told, info)
    assert_same(again, end)


def test_the_last_few_are_kept_and_nothing_else_is_left(tmp_path: Path) -> None:
    learner, store = learner_of(), CheckpointStore(tmp_path / "new" / "folder", keep=3)
    assert store.paths == [] and store.latest() is None
    for position in (10, 20, 5, 30):
        store.save(learner, filled(learner, position), position)
    kept = ["000001-at-20.safetensors", "000002-at-5.safetensors", "000003-at-30.safetensors"]
    assert [path.name for path in store.paths] == sorted(os.listdir(store.folder)) == kept
    # The last one written counts, whatever its position, and whatever the clock says.
    for age, path in enumerate(store.paths):
        os.utime(path, (1e9 - age, 1e9 - age))
    found = CheckpointStore(store.folder).latest()
    assert found is not None and found.position == 30
    assert_same(found.state, filled(learner, 30))


def test_what_a_killed_writer_has_begun_goes_with_the_next_checkpoint(tmp_path: Path) -> None:
    learner, store = learner_of(), CheckpointStore(tmp_path)
    begun = tmp_path / "000000-at-3.safetensors.part"
    begun.write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("mine")
    assert store.latest() is None
    path = store.save(learner, filled(learner), 4)
    assert sorted(os.listdir(tmp_path)) == [path.name, "notes.txt"]


def test_damaged_ones_are_passed_over_and_named(tmp_path: Path) -> None:
    learner, store = learner_of(), CheckpointStore(tmp_path)
    paths = [store.save(learner, filled(learner, seed), seed) for seed in range(4)]
    paths[3].write_bytes(paths[3].read_bytes()[:-1])
    files.write(paths[2], {"a": np.ones(3)}, {"parts": 1})
    found = store.latest()
    assert found is not None and found.path == paths[1]
    assert_same(found.state, filled(learner, 1))
    truncated, foreign = found.passed_over
    assert truncated.startswith(f"Expected a checkpoint at {paths[3]}; got a file that cannot be")
    assert foreign == (
        f"Expected a checkpoint of a store at {paths[2]}; got one without a position. Try "
        "onward.load(path)."
    )
    for path in paths[:2]:
        path.write_bytes(b"")
    with pytest.raises(CheckpointError) as error:
        store.latest()
    told = f"Expected a whole checkpoint in {tmp_path}; got 4 that cannot be read. Try starting"
    assert str(error.value).startswith(told) and all(
        str(path) in str(error.value) for path in paths
    )


def test_one_that_is_whole_and_does_not_fit_is_not_passed_over(tmp_path: Path) -> None:
    cell = Wired(FEATURES, 5, key=jax.random.key(0), dtype=np.float64)
    learner, store = Learner(cell, optimizer="sgd"), CheckpointStore(tmp_path)
    store.save(learner, filled(learner), 1)
    with pytest.raises(CheckpointError, match=r"^Expected the class Wired, which is not the libra"):
        store.latest()
    lagging = learner_of().replace(
        cell=make_cell("rnn", inputs=2 * FEATURES), expansions=[Lags((1,))]
    )
    path = store.save(lagging, filled(lagging), 2)
    with pytest.raises(
        CheckpointError, match=r"^Expected \S+ as float64 of shape .* in the checkp"
    ):
        store.load(path, delay=2)


def test_every_mutated_file_is_refused_in_words_or_loaded_equal(tmp_path: Path) -> None:
    learner, store = learner_of("lru", delay=1), CheckpointStore(tmp_path)
    state = filled(learner)
    path = store.save(learner, state, 3)
    whole, refused = path.read_bytes(), 0
    for content in damaged_copies(whole, 100):
        path.write_bytes(content)
        try:
            found = store.load(path)
        except CheckpointError as error:
            refused += str(error).startswith("Expected ")
            continue
        assert (found.learner, found.position) == (learner, 3)
        assert_same(found.state, state)
    assert refused > 50


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_a_full_disk_is_told_in_words_and_keeps_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    learner, store = learner_of(), CheckpointStore(tmp_path)
    path = store.save(learner, filled(learner), 1)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(CheckpointError) as error:
        patch.setattr(os, function, fail)
        store.save(learner, filled(learner, 1), 2)
    assert str(error.value) == (
        f"Expected to write checkpoints in {tmp_path}; got No space left on device. Those before "
        "are kept. Try freeing space, or another folder."
    )
    assert os.listdir(tmp_path) == [path.name]
    found = store.latest()
    assert found is not None
    assert_same(found.state, filled(learner))


def test_what_is_no_folder_no_count_and_no_learner_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        CheckpointError, match=r"^Expected a folder for checkpoints; got .*, a file"
    ):
        CheckpointStore(tmp_path / "file")
    with pytest.raises(ValueError, match=r"^Expected keep to be a positive integer; got 0\. Try"):
        CheckpointStore(tmp_path, keep=0)
    store, learner = CheckpointStore(tmp_path / "new"), learner_of()
    with pytest.raises(ValueError, match=r"^Expected position to be an integer >= 0; got -1\. Try"):
        store.save(learner, filled(learner), -1)
    with pytest.raises(ValueError, match=r"^Expected learner of type Learner; got 3\. Try store"):
        store.save(3, filled(learner), 1)
    with pytest.raises(ValueError, match=r"^Expected a state of this learner; got one of another"):
        store.save(learner, start(learner_of("gru")), 1)
    assert not store.folder.exists()
    path = tmp_path / "alone"
    onward.save(path, learner, filled(learner))
    with pytest.raises(
        CheckpointError, match=r"^Expected a checkpoint of a store at .*; got one wi"
    ):
        store.load(path)
