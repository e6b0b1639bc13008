"""Small learners and streams for the tests of the loop."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import onward
from catalogue import make_cell
from onward import CheckpointError, Learner, LearnerState

FEATURES = 2


def learner_of(name: str = "rnn", targets: int = 1, *, dtype=np.float64, seed: int = 0, **options):
    """A learner whose cell has random weights of a size at which everything matters."""
    width = options["loss"].outputs(targets) if "loss" in options else targets
    inputs = FEATURES + (width if options.get("feedback") else 0)
    options = {"optimizer": "rmsprop", "learning_rate": 1e-2, **options}
    return Learner(make_cell(name, seed, dtype, inputs), targets, **options)


def start(learner: Learner, seed: int = 0):
    return learner.init(jax.random.key(seed))


def filled(learner: Learner, seed: int = 0) -> LearnerState:
    """A state of the learner with random bits throughout; nothing is compiled for it."""
    random = np.random.default_rng(seed)

    def draw(leaf: Any) -> jax.Array:
        numbers = random.normal(0, 1e3, leaf.shape)
        return jax.device_put(np.asarray(numbers).astype(leaf.dtype))

    return jax.tree.map(draw, learner.shapes)


def stream(steps: int, targets: int = 1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features, and targets that depend on the past of them."""
    random = np.random.default_rng(seed)
    xs = random.normal(size=(steps, FEATURES))
    mixed = np.tanh(xs @ random.normal(size=(FEATURES, targets)))
    return xs, mixed + 0.5 * np.roll(mixed, 1, axis=0) + 0.1 * random.normal(size=mixed.shape)


def copied(tree: Any) -> Any:
    """The arrays of a tree as numpy copies, which outlive the buffers that a step reuses."""
    plain = jax.tree.map(lambda leaf: jax.random.key_data(leaf) if is_key(leaf) else leaf, tree)
    return jax.tree.map(lambda leaf: np.array(leaf, copy=True), plain)


def is_key(leaf: Any) -> bool:
    return jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def assert_same(found: Any, expected: Any) -> None:
    """The same tree with the same bits."""
    found, expected = copied(found), copied(expected)
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def assert_close(found: Any, expected: Any, tolerance: float = 1e-12) -> None:
    found, expected = copied(found), copied(expected)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def all_finite(tree: Any) -> bool:
    return all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(copied(tree)))


def differs(found: Any, expected: Any) -> bool:
    pairs = zip(jax.tree.leaves(copied(found)), jax.tree.leaves(copied(expected)), strict=True)
    return any(not np.array_equal(one, other, equal_nan=True) for one, other in pairs)


def saved(path: Path, learner: Learner) -> LearnerState:
    """A state of a learner that has learnt something, written with it to a file."""
    state = filled(learner)
    onward.save(path, learner, state)
    return state


def refusal(path: Path, kind: type[Exception] = CheckpointError, **loading: Any) -> str:
    """What `load` says of a file that it refuses."""
    with pytest.raises(kind) as error:
        onward.load(path, **loading)
    assert type(error.value) is kind
    return str(error.value)
