"""Every optimizer against its recursion in plain numpy, and its groups of learning rates."""

import jax.numpy as jnp
import numpy as np
import pytest

from onward import OPTIMIZERS, Optimizer
from onward.optimizers.base import _DIRECTIONS, inverse_root
from oracles import jit

STEPS = 5
RATE = 0.05


def slow(name: str, gradients: np.ndarray) -> np.ndarray:
    """The steps that an optimizer takes, in units of its learning rate."""
    first = second = np.zeros(gradients.shape[1])
    steps = []
    for count, g in enumerate(gradients, start=1):
        match name:
            case "sgd":
                step = g
            case "momentum":
                first = 0.9 * first + g
                step = first
            case "rmsprop":
                second = 0.999 * second + 0.001 * g**2
                step = g / np.sqrt(second + 1e-16)
            case "rmsprop-corrected":
                second = 0.999 * second + 0.001 * g**2
                step = g / (np.sqrt(second / (1 - 0.999**count)) + 1e-8)
            case "adam":
                first, second = 0.9 * first + 0.1 * g, 0.999 * second + 0.001 * g**2
                step = first / (1 - 0.9**count) / (np.sqrt(second / (1 - 0.999**count)) + 1e-8)
            case "adagrad":
                second = second + g**2
                step = g / np.sqrt(second + 1e-16)
        steps.append(step)
    return np.stack(steps)


def example() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    # One parameter's gradients are far below another's, as recurrent ones may be.
    return random.normal(size=3), random.normal(size=(STEPS, 3)) * [1.0, 1e-4, 100.0]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_weights_move_as_the_recursion_says(name: str) -> None:
    start, gradients = example()
    optimizer, weights = Optimizer(name, RATE), {"w": jnp.asarray(start)}
    state, rates = optimizer.direction.init(weights), {"": jnp.asarray(RATE)}
    step = jit(optimizer.step)
    expected = start - RATE * np.cumsum(slow(name, gradients), axis=0)
    for gradient, after in zip(gradients, expected, strict=True):
        weights, state = step(rates, state, {"w": jnp.asarray(gradient)}, weights)
        np.testing.assert_allclose(weights["w"], after, rtol=1e-12)


@pytest.mark.parametrize(("dtype", "error"), [(np.float32, 1e-6), (np.float64, 1e-15)])
def test_the_inverse_root_is_one_at_every_magnitude(dtype, error: float) -> None:
    random = np.random.default_rng(0)
    powers = np.concatenate([np.linspace(-16, 34, 200_001), [-37.0, 38.0]])
    values = (10.0**powers * random.uniform(1, 1.1, powers.size)).astype(dtype)
    found = np.asarray(jit(inverse_root)(jnp.asarray(values)), np.float64)
    np.testing.assert_allclose(found, 1 / np.sqrt(values.astype(np.float64)), rtol=error)
    assert inverse_root(jnp.asarray(values)).dtype == dtype


@pytest.mark.parametrize("name", ["rmsprop", "adagrad", "adam"])
def test_a_second_moment_makes_steps_blind_to_the_scale_of_gradients(name: str) -> None:
    _, gradients = example()
    optimizer, weights = Optimizer(name, RATE), {"w": jnp.zeros(2)}
    state, rates = optimizer.direction.init(weights), {"": jnp.asarray(RATE)}
    step = jit(optimizer.step)
    for gradient in gradients[:, 0]:
        pair = {"w": jnp.asarray([gradient, 1e-2 * gradient])}
        weights, state = step(rates, state, pair, weights)
    assert weights["w"][0] == pytest.approx(float(weights["w"][1]), rel=1e-3)
    assert weights["w"][0] != 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_gradient_of_zero_moves_nothing_and_dtypes_stay(name: str, dtype) -> None:
    optimizer, weights = Optimizer(name, RATE), {"w": jnp.ones(2, dtype)}
    state, rates = optimizer.direction.init(weights), {"": jnp.asarray(RATE, dtype)}
    moved, state = jit(optimizer.step)(rates, state, {"w": jnp.zeros(2, dtype)}, weights)
    np.testing.assert_array_equal(moved["w"], 1)
    assert moved["w"].dtype == dtype


TREE = {"cell": {"recurrent": jnp.ones(2), "recurrence": jnp.ones(1)}, "readout": jnp.ones(3)}


def test_of_several_groups_the_longest_path_counts() -> None:
    optimizer = Optimizer("sgd", {"cell": 0.1, "cell.recurrent": 0.0, "readout": 0.3})
    rates = optimizer.learning_rates(TREE, float)
    moved, _ = optimizer.step(rates, optimizer.direction.init(TREE), TREE, TREE)
    np.testing.assert_allclose(moved["cell"]["recurrent"], 1.0)
    np.testing.assert_allclose(moved["cell"]["recurrence"], 0.9)
    np.testing.assert_allclose(moved["readout"], 0.7)


def test_parameters_of_no_named_group_take_the_default() -> None:
    optimizer = Optimizer("sgd", {"readout": 0.3})
    default = _DIRECTIONS["sgd"][0]
    rates = optimizer.learning_rates(TREE, np.float32)
    assert {group: float(rate) for group, rate in rates.items()} == {
        "": pytest.approx(default),
        "readout": pytest.approx(0.3),
    }
    assert all(rate.dtype == np.float32 and rate.shape == () for rate in rates.values())
    assert Optimizer("sgd") == Optimizer("sgd", default)


def test_a_rate_that_nothing_uses_is_not_kept() -> None:
    both = Optimizer("sgd", {"cell": 0.1, "readout": 0.3})
    assert sorted(both.learning_rates(TREE, float)) == ["cell", "readout"]


def test_equal_optimizers_hash_alike() -> None:
    first, second = (Optimizer("adam", {"cell": 0.1, "readout": 0.2}) for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)
    assert first != Optimizer("adam", 0.1)


def test_unknown_names_and_groups_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^Expected an optimizer among sgd, .*; got 'RMSProp'\."):
        Optimizer("RMSProp")
    message = (
        r"^Expected learning-rate groups that match a parameter; got 'cell\.rec'\. Try 'cell', "
        r"'readout' or one of cell\.recurrence, cell\.recurrent, readout\.$"
    )
    with pytest.raises(ValueError, match=message):
        Optimizer("sgd", {"cell.rec": 0.1}).learning_rates(TREE, float)
    for rate in (-0.1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=r"^Expected a finite learning rate >= 0; got "):
            Optimizer("sgd", rate)
