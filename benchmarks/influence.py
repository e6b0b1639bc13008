"""Exact and sparse RTRL of a vanilla RNN beside a GEMM alone, memory alone, NumPy and Immediate;
exact RTRL with an influence of half the memory.
"""

import sys

import timing

PROCESSORS = timing.use_processors()

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from jax.flatten_util import ravel_pytree  # noqa: E402

from floors import multiply, touch  # noqa: E402
from learners import FEATURES, RATE, contender, make_learner, samples  # noqa: E402
from onward import RNN, RTRL, Learner, Linear, SparseRTRL, cost, fast_dispatch  # noqa: E402
from onward.cost.budget import counted_bytes  # noqa: E402
from peer_numpy import NumpyLearner  # noqa: E402
from peer_scan import DECAY  # noqa: E402
from rows import Row, print_rows, time_row  # noqa: E402
from timing import Contender, take_turns  # noqa: E402

ROUNDS, PATHS, SAME = 7, 4, 1e-2
# Units: samples in a run that moves the whole influence, and in one that does not.
SIZES = {64: (1_000, 10_000), 128: (200, 4_000), 256: (20, 1_000)}
ROUNDED = (128, 2_000)  # units, steps
GEMM_LIMITS = {128: 1.2, 256: 1.2}
SHARED_LIMITS = {64: 8.0, 256: 8.0}


def measure(units: int, counts: tuple[int, int], rounds: int = ROUNDS) -> list[Row]:
    """All contenders at one size, on the same cell with the same optimizer."""
    count, light_count = counts
    cell, readout = RNN(FEATURES, units, key=jax.random.key(0)), Linear(units, 1)
    shared = SparseRTRL(k=PATHS, support="shared")
    exact = make_learner(cell, RTRL(), readout=readout, extras=False)
    ours = {
        "exact": contender(exact, count),
        "row": contender(make_learner(cell, SparseRTRL(k=PATHS), extras=False), count),
        "shared": contender(make_learner(cell, shared, extras=False), light_count),
        "immediate": contender(make_learner(cell, extras=False), light_count),
    }
    xs, ys = samples(count)
    check_numpy(exact, xs, ys)
    flat = (units, counted_bytes(cell.parameters()) // 4)
    fill = lambda: jax.block_until_ready(jnp.full(flat, 1e-3))  # noqa: E731
    floors = {
        "gemm": Contender(
            fill, lambda moved: jax.block_until_ready(multiply(cell.recurrent, moved, count)), count
        ),
        "touch": Contender(fill, lambda moved: jax.block_until_ready(touch(moved, count)), count),
        "numpy": Contender(
            lambda: numpy_learner(exact), lambda learner: learner.learn(xs, ys), count
        ),
    }
    seconds, size = take_turns({**ours, **floors}, rounds), f"n={units}"
    gemm_limit, shared_limit = GEMM_LIMITS.get(units), SHARED_LIMITS.get(units)
    return [
        time_row(f"exact RTRL / its GEMM alone, {size}", seconds, "exact", "gemm", gemm_limit),
        time_row(f"exact RTRL / NumPy, {size}", seconds, "exact", "numpy"),
        time_row(
            f"exact RTRL / one read and write of the influence, {size}", seconds, "exact", "touch"
        ),
        time_row(f"sparse RTRL k=4 / exact RTRL, {size}", seconds, "row", "exact", 0.40),
        time_row(
            f"sparse RTRL k=4 / one read and write of the influence, {size}",
            seconds,
            "row",
            "touch",
        ),
        time_row(
            f"shared support k=4 / immediate, {size}", seconds, "shared", "immediate", shared_limit
        ),
    ]


def measure_rounded(units: int, steps: int, rounds: int = ROUNDS) -> list[Row]:
    """Exact RTRL with its influence in bfloat16 beside that in float32."""
    cell = RNN(FEATURES, units, key=jax.random.key(0))
    rules = {"bfloat16": RTRL(influence_dtype="bfloat16"), "float32": RTRL()}
    ours, theirs = (gradient_after(cell, rule, steps) for rule in rules.values())
    apart = np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)
    cosine = ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs)
    learners = {name: make_learner(cell, rule, extras=False) for name, rule in rules.items()}
    count = max(steps // 50, 2)
    seconds = take_turns({name: contender(one, count) for name, one in learners.items()}, rounds)
    held, whole = (cost(cell, rule).carry_bytes for rule in rules.values())
    size = f"n={units}"
    after = f"after {steps:,} steps, {size}"
    return [
        Row(f"gradient by an influence in bfloat16: relative error {after}", float(apart), 1e-2),
        Row(f"gradient by an influence in bfloat16: 1 - cosine {after}", float(1 - cosine), 1e-4),
        time_row(f"exact RTRL in bfloat16 / in float32, {size}", seconds, "bfloat16", "float32"),
        Row(f"influence in bfloat16 / in float32, {size}", held / whole, 0.5, held, whole, "bytes"),
    ]


def gradient_after(cell: RNN, rule: RTRL, steps: int) -> np.ndarray:
    """The gradient of a fixed signal after some steps with frozen weights."""
    start = cell.init_state()

    def step(carried: tuple, x: jax.Array) -> tuple[tuple, None]:
        state, carry = carried
        return (cell(state, x), rule.advance(cell, carry, state, x)), None

    @jax.jit
    def run(xs: jax.Array) -> jax.Array:
        first = rule.init(cell, start, xs[0], jax.random.key(0))
        (_, carry), _ = jax.lax.scan(step, (start, first), xs)
        signal = jax.random.normal(jax.random.key(1), start.shape)
        return ravel_pytree(rule.credit(cell, carry, signal))[0]

    return np.asarray(run(samples(steps)[0]), np.float64)


def numpy_learner(learner: Learner) -> NumpyLearner:
    """The peer with the weights that ours starts from."""
    cell, readout = learner.cell, learner.readout
    matrix = np.concatenate([cell.recurrent, cell.input, cell.bias[:, None]], axis=1)
    last = np.concatenate([readout.weight, readout.bias[:, None]], axis=1)
    return NumpyLearner(matrix, last, RATE, DECAY)


def check_numpy(learner: Learner, xs: np.ndarray, ys: np.ndarray) -> None:
    """A comparison of times means nothing where the two do not compute the same."""
    found = learner.run(learner.init(jax.random.key(0)), xs, ys)[1].prediction
    expected = numpy_learner(learner).learn(xs, ys)
    apart = np.abs(found - expected).max() / np.abs(expected).max()
    if apart > SAME:
        raise AssertionError(f"Expected the predictions of NumPy; they differ by {apart:.1e}.")


if __name__ == "__main__":
    fast_dispatch()
    chosen = [int(word) for word in sys.argv[1:] if word.isdigit()] or list(SIZES)
    rows = [row for units in chosen for row in measure(units, SIZES[units])]
    print_rows(PROCESSORS, rows + measure_rounded(*ROUNDED))
