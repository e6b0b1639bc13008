"""A state as arrays by name: what is flattened is restored, and nothing else is."""

import jax
import numpy as np
import pytest

from learning.examples import assert_same, filled
from onward import GRU, AbstractRule, Immediate, Learner, LearnerState, SparseRTRL
from onward.storing.flat_state import flatten_state, restore_state
from onward.storing.store import CheckpointError

FEATURES, UNITS = 3, 4


@pytest.fixture(autouse=True)
def as_for_a_user(untyped: None) -> None:
    """Without checks of types and shapes, which take longer than what is tested here."""


def learner_of(rule: AbstractRule, units: int = UNITS, delay: int = 0, **more) -> Learner:
    cell = GRU(FEATURES, units, key=jax.random.key(0), dtype=np.float32)
    return Learner(cell, rule=rule, delay=delay, optimizer="adam", **more)


def test_every_leaf_of_a_state_is_saved_under_its_path() -> None:
    state = filled(learner_of(SparseRTRL(k=2), delay=2))
    arrays = flatten_state(state)
    assert len(arrays) == len(jax.tree.leaves(state))
    assert arrays["counters.values"].shape == (5,)
    assert arrays["parameters.cell.recurrent"].dtype == np.float32
    assert {"recurrent", "key", "waiting.samples.usable", "input_scale.moments.values"} <= set(
        arrays
    )


def message_of(like: LearnerState, arrays: dict[str, np.ndarray]) -> str:
    with pytest.raises(CheckpointError) as error:
        restore_state(like, arrays)
    return str(error.value)


def test_a_state_of_another_learner_is_refused() -> None:
    like = filled(learner_of(Immediate()))
    arrays = flatten_state(like)
    name, shape = "parameters.cell.input", arrays["parameters.cell.input"].shape
    way_out = "Try a learner with the settings that the checkpoint was made with."
    wrong = {
        f"float32 of shape {(2, *shape)}": np.zeros((2, *shape), np.float32),
        f"float64 of shape {shape}": arrays[name].astype(np.float64),
        "float32 of shape ()": np.zeros((), np.float32),
    }
    for what, array in wrong.items():
        assert message_of(like, {**arrays, name: array}) == (
            f"Expected {name} as float32 of shape {shape} in the checkpoint; got {what}. {way_out}"
        )
    assert "; got nothing. Try a learner" in message_of(like, {})
    assert "float32 of shape" in message_of(filled(learner_of(Immediate(), units=5)), arrays)


def test_an_array_too_many_is_refused() -> None:
    like = filled(learner_of(Immediate()))
    arrays = flatten_state(like)
    assert message_of(like, {**arrays, "carry.rows": np.ones(1)}) == (
        "Expected no arrays in the checkpoint but those of this learner; got carry.rows. "
        "Try a learner with the settings that the checkpoint was made with."
    )


def test_shapes_are_structure_enough() -> None:
    learner = learner_of(SparseRTRL(k=2), delay=2)
    state = filled(learner)
    restored = restore_state(learner.shapes, flatten_state(state))
    assert_same(restored, state)
    learner.admit(restored)
    kinds = [[leaf.weak_type for leaf in jax.tree.leaves(tree)] for tree in (state, restored)]
    assert not any(map(any, kinds))


def test_a_typed_key_comes_back() -> None:
    state = filled(learner_of(Immediate()))
    keyed = state.replace(carry=jax.random.split(jax.random.key(7), 3))
    arrays = flatten_state(keyed)
    assert arrays["carry"].dtype == np.uint32
    assert_same(restore_state(jax.eval_shape(lambda: keyed), arrays), keyed)
