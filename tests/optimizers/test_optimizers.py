"""Every optimizer against its recursion in plain numpy, and its groups of learning rates."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from matrix import left
from onward import OPTIMIZERS, FactoredTransformation, Optimizer
from onward.algebra import RankOne, materialise
from onward.optimizers import inverse_root
from oracles import jit

STEPS = 5
LABEL = {"count": jnp.zeros((), jnp.uint32), "value": jnp.zeros(())}
SLOPE = np.array([0.6, -0.8, 2.4])
RATE = 0.05


def slow(name: str, start: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """The weights after each step of an optimizer."""
    first = second = np.zeros(gradients.shape[1])
    w, norm = start, np.linalg.norm
    size, reach = np.linalg.norm(SLOPE), 0.0
    weights = []
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
            case "lars":
                first = 0.9 * first + g * norm(w) / norm(g)
                step = first
            case "adafactor":
                # The share of what is kept is computed in float32, whatever the weights are.
                kept = float(1 - np.float32(count) ** np.float32(-0.8))
                second = kept * second + (1 - kept) * (g**2 + 1e-30)
                z = g / np.sqrt(second)
                step = z / max(1, norm(z) / 3**0.5) * max(norm(w) / 3**0.5, 1e-3)
            case "intentional":
                z = g / size
                second = 0.999 * second + 0.001 * z**2
                d = z / np.sqrt(second / (1 - 0.999**count) + 1e-16)
                reach = 0.999 * reach + 0.001 * (z @ d)
                step = size * d / max(z @ d, reach / (1 - 0.999**count))
            case "overshooting-bounded":
                step = g / max(1, 2 * max(size, 1) * np.sum(np.abs(g)) / size)
        w = w - RATE * step
        weights.append(w)
    return np.stack(weights)


def example() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    # One parameter's gradients are far below another's, as recurrent ones may be.
    return random.normal(size=3), random.normal(size=(STEPS, 3)) * [1.0, 1e-4, 100.0]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_weights_move_as_the_recursion_says(name: str) -> None:
    start, gradients = example()
    optimizer, weights = Optimizer(name, RATE), {"w": jnp.asarray(start)}
    state, rates = optimizer.init(weights), {"": jnp.asarray(RATE)}
    step = jit(partial(optimizer.step, **LABEL, slope=jnp.asarray(SLOPE)))
    error = 1e-7 if name == "adafactor" else 1e-12
    for gradient, after in zip(gradients, slow(name, start, gradients), strict=True):
        weights, state = step(rates, state, {"w": jnp.asarray(gradient)}, weights)
        np.testing.assert_allclose(weights["w"], after, rtol=error)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("lars", optax.lars(RATE, trust_coefficient=1.0)),
        ("adafactor", optax.adafactor(RATE)),
    ],
)
def test_what_measures_the_weights_moves_each_part_as_optax_does(name: str, plain) -> None:
    """A part alone, as the loop hands them over; one matrix large enough to be factored."""
    random = np.random.default_rng(0)
    shapes = {"cell": {"recurrent": (128, 130), "bias": (128,)}, "readout": {"weight": (2, 128)}}
    draw = lambda shape: jnp.asarray(random.normal(size=shape))  # noqa: E731
    is_shape = lambda leaf: isinstance(leaf, tuple)  # noqa: E731
    weights = jax.tree.map(draw, shapes, is_leaf=is_shape)
    weights["cell"]["bias"] = jnp.zeros(128)
    optimizer, expected, state = Optimizer(name, RATE), weights, plain.init(weights)
    states = {part: optimizer.init({part: weights[part]}) for part in weights}
    rates = optimizer.learning_rates(weights, float)

    @jit
    def both(weights, states, expected, state, gradients):
        found = {}
        for part in weights:
            one, states[part] = optimizer.step(
                rates, states[part], {part: gradients[part]}, {part: weights[part]}, **LABEL
            )
            found.update(one)
        with jax.numpy_dtype_promotion("standard"):
            moves, state = plain.update(gradients, state, expected)
        return found, states, optax.apply_updates(expected, moves), state

    for _ in range(STEPS):
        gradients = jax.tree.map(draw, shapes, is_leaf=is_shape)
        weights, states, expected, state = both(weights, states, expected, state, gradients)
    jax.tree.map(
        lambda one, other: np.testing.assert_allclose(one, other, 1e-12), weights, expected
    )
    kept = sum(leaf.size for leaf in jax.tree.leaves(states["cell"]))
    assert kept < 128 * 130 or name == "lars"


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
    state, rates = optimizer.init(weights), {"": jnp.asarray(RATE)}
    step = jit(partial(optimizer.step, **LABEL))
    for gradient in gradients[:, 0]:
        pair = {"w": jnp.asarray([gradient, 1e-2 * gradient])}
        weights, state = step(rates, state, pair, weights)
    assert weights["w"][0] == pytest.approx(float(weights["w"][1]), rel=1e-3)
    assert weights["w"][0] != 0


@pytest.mark.parametrize("dtype", [np.float32, left(np.float64)])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_gradient_of_zero_moves_nothing_and_dtypes_stay(name: str, dtype) -> None:
    optimizer, weights = Optimizer(name, RATE), {"w": jnp.ones(2, dtype)}
    state, rates = optimizer.init(weights), {"": jnp.asarray(RATE, dtype)}
    moved, state = jit(partial(optimizer.step, **LABEL, slope=jnp.ones(1, dtype)))(
        rates, state, {"w": jnp.zeros(2, dtype)}, weights
    )
    np.testing.assert_array_equal(moved["w"], 1)
    assert moved["w"].dtype == dtype


TREE = {"cell": {"recurrent": jnp.ones(2), "recurrence": jnp.ones(1)}, "readout": jnp.ones(3)}


def test_of_several_groups_the_longest_path_counts() -> None:
    optimizer = Optimizer("sgd", {"cell": 0.1, "cell.recurrent": 0.0, "readout": 0.3})
    rates = optimizer.learning_rates(TREE, float)
    moved, _ = optimizer.step(rates, optimizer.init(TREE), TREE, TREE, **LABEL)
    np.testing.assert_allclose(moved["cell"]["recurrent"], 1.0)
    np.testing.assert_allclose(moved["cell"]["recurrence"], 0.9)
    np.testing.assert_allclose(moved["readout"], 0.7)


def test_parameters_of_no_named_group_take_the_default() -> None:
    optimizer = Optimizer("sgd", {"readout": 0.3})
    default = OPTIMIZERS["sgd"].learning_rate
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


def moved(optimizer: Optimizer, count: int = 0, gradients=TREE, value: float = 0.0):
    """The tree after one update from ones by gradients of one."""
    rates = optimizer.learning_rates(TREE, float)
    label = {"count": jnp.uint32(count), "value": jnp.asarray(value)}
    return optimizer.step(rates, optimizer.init(TREE), gradients, TREE, **label)[0]


def test_a_transformation_of_ones_own_moves_weights_as_in_optax() -> None:
    own = Optimizer(optax.chain(optax.scale_by_adam(), optax.scale(-0.1)))
    assert own.learning_rates(TREE, float) == {}
    np.testing.assert_allclose(moved(own)["readout"], 0.9, rtol=1e-6)
    assert own.name == "custom"


def test_the_loss_reaches_a_transformation_that_reads_it() -> None:
    def update(updates, state, params=None, *, value, **extra):
        return jax.tree.map(lambda leaf: -value * leaf, updates), state

    reads = optax.GradientTransformationExtraArgs(lambda params: (), update)
    np.testing.assert_allclose(moved(Optimizer(reads), value=0.25)["readout"], 0.75)


def test_each_part_has_its_own_and_the_longest_path_counts() -> None:
    members = {"cell": "sgd", "cell.recurrent": optax.sgd(0.5), "readout": "adam"}
    found = moved(Optimizer(members, {"cell": 0.1}))
    np.testing.assert_allclose(found["cell"]["recurrent"], 0.5)
    np.testing.assert_allclose(found["cell"]["recurrence"], 0.9)
    np.testing.assert_allclose(found["readout"], 1 - OPTIMIZERS["adam"].learning_rate, rtol=1e-6)
    assert sorted(Optimizer(members).learning_rates(TREE, float)) == ["cell", "readout"]


def test_a_default_of_a_group_is_that_of_its_own_optimizer() -> None:
    rates = Optimizer({"": "sgd", "cell": "adam"}).learning_rates(TREE, float)
    expected = {"": OPTIMIZERS["sgd"].learning_rate, "cell": OPTIMIZERS["adam"].learning_rate}
    assert {group: float(rate) for group, rate in rates.items()} == pytest.approx(expected)


def test_a_schedule_is_read_at_the_number_of_updates() -> None:
    optimizer = Optimizer("sgd", {"cell": 0.1, "readout": optax.linear_schedule(0.4, 0.0, 4)})
    for count, rate in ((0, 0.4), (1, 0.3), (4, 0.0)):
        found = moved(optimizer, count)
        np.testing.assert_allclose(found["readout"], 1 - rate, rtol=1e-6)
        np.testing.assert_allclose(found["cell"]["recurrence"], 0.9)
    assert list(optimizer.learning_rates(TREE, float)) == ["cell"]


def test_weight_decay_is_decoupled_from_the_gradient() -> None:
    found = moved(
        Optimizer("rmsprop", 0.1, weight_decay=0.5), gradients=jax.tree.map(jnp.zeros_like, TREE)
    )
    np.testing.assert_allclose(found["readout"], 1 - 0.1 * 0.5)


def test_a_clip_shortens_the_gradient_of_all_parts_together() -> None:
    optimizer = Optimizer("sgd", clip=2.0)
    gradients = {
        "cell": RankOne(jnp.asarray([3.0, 0.0]), jnp.asarray([1.0])),
        "readout": jnp.asarray([0.0, 4.0]),
    }
    shortened = materialise(optimizer.clipped(gradients, jnp.asarray(5.0)))
    np.testing.assert_allclose(shortened["cell"], [[1.2], [0.0]])
    np.testing.assert_allclose(shortened["readout"], [0.0, 1.6])
    untouched = materialise(optimizer.clipped(gradients, jnp.asarray(1.0)))
    np.testing.assert_allclose(untouched["readout"], [0.0, 4.0])


def test_outer_products_reach_a_transformation_that_asks_for_them() -> None:
    seen = []

    def update(updates, state, params=None, **extra):
        seen.extend(jax.tree.leaves(updates, is_leaf=lambda leaf: isinstance(leaf, RankOne)))
        return jax.tree.map(lambda _, leaf: -materialise(leaf), params, updates), state

    asks = FactoredTransformation(lambda params: (), update)
    matrix, outer = {"w": jnp.ones((2, 3))}, {"w": RankOne(jnp.ones(2), jnp.arange(3.0))}
    for member, factored in ((asks, True), (optax.GradientTransformation(*asks), False)):
        seen.clear()
        optimizer = Optimizer(member)
        after, _ = optimizer.step({}, optimizer.init(matrix), outer, matrix, **LABEL)
        np.testing.assert_allclose(after["w"], [[1, 0, -1]] * 2)
        assert isinstance(seen[0], RankOne) is factored


@pytest.mark.parametrize(
    ("message", "make"),
    [
        ("a name, an optax transformation or a mapping", lambda: Optimizer(3)),
        ("got 'nadam'", lambda: Optimizer({"cell": "nadam"})),
        ("to have its own learning rate and weight", lambda: Optimizer(optax.sgd(0.1), 0.1)),
        ("to have its own learning rate", lambda: Optimizer(optax.sgd(0.1), weight_decay=0.1)),
        ("Expected clip > 0, or None; got 0", lambda: Optimizer("sgd", clip=0)),
        ("Expected bound > 1, or None; got 1", lambda: Optimizer("sgd", bound=1)),
        ("Expected weight_decay >= 0; got -1", lambda: Optimizer("sgd", weight_decay=-1)),
        (
            "for every parameter; got none for readout",
            lambda: Optimizer({"cell": "sgd"}).learning_rates(TREE, float),
        ),
        (
            "Expected optimizer groups that match a parameter; got 'head'",
            lambda: Optimizer({"": "sgd", "head": "adam"}, 0.1).learning_rates(TREE, float),
        ),
    ],
)
def test_what_is_no_optimizer_is_refused(message, make, untyped) -> None:
    with pytest.raises(ValueError, match=message):
        make()
