"""Learning as one kernel against the same as XLA has it."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import CELLS, INPUTS, RULES, TARGETS, make_cell
from matrix import left
from onward import RNN, Immediate, Learner, Observation
from onward.cost.jaxprs import called
from onward.learning import execution, one_kernel
from quick import KERNEL_OPTIONS

PAIRS = [
    *((cell, "immediate") for cell in CELLS),
    *((cell, "rtrl") for cell in ("lru", "rtu", "mlstm")),
    *(("gru", rule) for rule in ("trace .5", "tbptt 3", "uoro", "dni")),
    ("rnn", "sparse shared random"),
]
# A kernel sees neither cell nor rule, but what they compute: these compute all that any does.
KEPT = {
    *((cell, "immediate") for cell in ("slstm", "s5", "windowed transformer")),
    ("gru", "uoro"),
    ("rnn", "sparse shared random"),
}


def learner_of(cell: str, rule: str) -> Learner:
    made = make_cell(cell)
    return Learner(made, TARGETS, rule=RULES[rule].make(made), optimizer="rmsprop")


COUNTS = jnp.arange(420, dtype=jnp.int32).reshape(6, 70)
PROGRAMS = {
    "argmax": lambda a: jnp.argmax(a, 1),
    "argmin": lambda a: jnp.argmin(a, 0),
    "remainder": lambda a: a % 1.3 + (COUNTS % 7).astype(a.dtype),
    "powers": lambda a: jnp.power(jnp.abs(a), a) + a**3 + jax.lax.rsqrt(jnp.abs(a)),
    "bits": lambda a: jax.lax.shift_left(COUNTS, COUNTS % 4) ^ 5,
    "least and product": lambda a: jnp.min(a, 1) + jnp.prod(a, 1),
    "largest of many": lambda a: jnp.max(jnp.tile(a, (50, 50))),
    "error functions": lambda a: jax.scipy.special.erfinv(jnp.tanh(a)) + jax.scipy.special.erfc(a),
    "softmax": lambda a: jax.nn.softmax(a) + jax.nn.log_softmax(a) + jax.nn.gelu(a),
    "random": lambda a: jax.random.normal(jax.random.key(3), (50,)),
    "running sum": lambda a: jnp.cumsum(a, 1) + a[::-1] + jnp.floor(a),
    "complex": lambda a: jnp.abs(jnp.exp(jax.lax.complex(a, a))),
    "chosen entries": lambda a: a[COUNTS[0] % 6].at[2].set(0.0),
    "padded": lambda a: jnp.pad(a, ((1, 2), (0, 0))),
    "branch": lambda a: jax.lax.cond(a[0, 0] > 0, jnp.sin, jnp.cos, a),
    "loop": lambda a: jax.lax.scan(lambda c, b: (c + b, c), a[0], a)[1],
    "matrix and vector": lambda a: a @ a[0],
    "two vectors": lambda a: jnp.outer(a[0], a[1]),
    "matrices and vectors": lambda a: jnp.einsum("hij,hj->hi", jnp.stack([a, a]), a[:2]),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_said_to_fit_does(name: str) -> None:
    step = jax.jit(lambda a: (PROGRAMS[name](a), a + 1))
    given = np.random.default_rng(0).normal(size=(6, 70)).astype(np.float32)
    assert one_kernel.fits(step, given)
    compiled = jax.jit(one_kernel.as_one_kernel(step), compiler_options=KERNEL_OPTIONS)
    np.testing.assert_allclose(compiled(given)[0], step(given)[0], rtol=1e-5, atol=1e-5)


def samples(learner: Learner, count: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    shapes = (count, learner.features), (count, learner.targets)
    xs, ys = (random.normal(size=shape) for shape in shapes)
    return xs, ys


@pytest.mark.parametrize(
    ("cell", "rule"),
    [pytest.param(*pair, marks=[] if pair in KEPT else pytest.mark.matrix) for pair in PAIRS],
)
def test_it_learns_what_it_learns_as_several(cell: str, rule: str) -> None:
    learner = learner_of(cell, rule)
    assert learner.in_one_kernel
    xs, ys = samples(learner, 30)
    xs[7], ys[11] = np.nan, np.nan
    seen = Observation(xs, ys, None, None)
    found, expected = (
        execution.run(learner.parts, kernel, learner.init(jax.random.key(0)), seen)
        for kernel in (True, False)
    )
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-10)


def computed(jaxpr) -> set[str]:
    within = (computed(one) for equation in jaxpr.eqns for one in called(equation.params))
    return {equation.primitive.name for equation in jaxpr.eqns}.union(*within)


@pytest.mark.matrix
def test_the_pairs_of_make_test_compute_all_that_any_does() -> None:
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for pair in PAIRS:
        learner = learner_of(*pair)
        seen = Observation(*(one[0] for one in samples(learner, 1)), None, None)
        traced = jax.make_jaxpr(execution.both_halves(learner.parts))(learner.shapes, seen)
        found[pair in KEPT] |= computed(traced.jaxpr)
    assert len(found[True]) > 50
    assert found[False] <= found[True]


def test_a_compiled_run_calls_it_and_nothing_else() -> None:
    learner = learner_of("gru", "immediate")
    learn = one_kernel.as_one_kernel(execution.both_halves(learner.parts))

    @partial(jax.jit, donate_argnums=0, compiler_options=KERNEL_OPTIONS)
    def run(state, xs, ys):
        seen = Observation(xs, ys, None, None)
        return jax.lax.scan(lambda state, seen: learn(state, seen)[:2], state, seen)

    program = run.lower(learner.shapes, *samples(learner, 8)).compile().as_text()
    called = [line for line in program.splitlines() if " call(" in line]
    assert len(called) == 1
    assert 'xla_cpu_small_call="true"' in called[0]
    assert " dot(" not in program[program.index(called[0]) :]


def test_under_a_transformation_it_is_several() -> None:
    """Each learner of a batch would write into the ring of late labels at a place of its own."""
    cell = RNN(INPUTS, 5, key=jax.random.key(0))
    learner = Learner(cell, TARGETS, rule=Immediate(), delay=2)
    assert learner.in_one_kernel
    xs, ys = samples(learner, 4)
    keys = jax.random.split(jax.random.key(0), 4)
    _, together = jax.vmap(learner.step)(jax.vmap(learner.initial_state)(keys), xs, ys)
    for row, key in enumerate(keys):
        _, alone = learner.step(learner.init(key), xs[row], ys[row])
        np.testing.assert_allclose(together.prediction[row], alone.prediction, rtol=1e-5)


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("gru", "rtrl"),
        ("gru", "sketch 2"),
        left("gru", "snap 2"),
        left("lru", "sparse row random"),
    ],
)
def test_products_of_matrices_and_factorisations_are_left_to_xla(cell: str, rule: str) -> None:
    assert not learner_of(cell, rule).in_one_kernel


@pytest.mark.parametrize(("units", "expected"), [left(256, True), (1024, False)])
def test_a_network_that_two_threads_move_faster_is_left_to_them(units, expected) -> None:
    cell = RNN(16, units, key=jax.random.key(0))
    assert Learner(cell, rule=Immediate()).in_one_kernel is expected


def test_what_hands_out_an_array_of_no_numbers_is_left_to_xla() -> None:
    given = np.ones((6, 70), np.float32)
    assert one_kernel.fits(jax.jit(lambda a: a + 1), given)
    assert not one_kernel.fits(jax.jit(lambda a: (a + 1, a[:0])), given)
