"""One online update of a vanilla RNN: `Learner.run` beside the same learning written by hand."""

import sys

import timing

PROCESSORS = timing.use_processors()

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

from floors import multiply_and_update, touch  # noqa: E402
from learners import (  # noqa: E402
    FEATURES,
    LEARNERS,
    RATE,
    contender,
    ensemble,
    make_learner,
    samples,
    streams,
)
from onward import RNN, Linear, fast_dispatch  # noqa: E402
from onward.optimizers import Optimizer  # noqa: E402
from peer_scan import Weights, first_carry, scan  # noqa: E402
from peer_torch import TorchLearner  # noqa: E402
from peer_torch_many import TorchLearners  # noqa: E402
from rows import Row, print_rows, time_row  # noqa: E402
from timing import Contender, take_turns  # noqa: E402

ROUNDS = 11
# Units: samples in a run of JAX, and of PyTorch.
SIZES = {64: (20_000, 200), 128: (8_000, 150), 256: (2_000, 100), 1024: (200, 20)}
MANY_COUNTS = 100, 20
TORCH_LIMITS = {64: 1 / 80, 256: 1 / 8, 1024: 1 / 7}
FLOORS = {
    "touch": "one read and write of weights and second moments",
    "kernels": "the product with the state and the update alone",
}
# Largest difference of two predictions that were computed alike, relative to the largest one.
# Both over so many samples at most: later, rounding alone has led them apart. PyTorch adds its
# guard behind the root, which for the smallest gradients makes another step.
SAME, COMPARED, GUARDED = 1e-4, 50, 0.1


def measure(units: int, counts: tuple[int, int], rounds: int = ROUNDS) -> list[Row]:
    """All contenders at one size."""
    count, torch_count = counts
    xs, ys = samples(count)
    cell, readout = RNN(FEATURES, units, key=jax.random.key(0)), Linear(units, 1)
    bare, full = (make_learner(cell, readout=readout, extras=each) for each in (False, True))
    rate = jnp.asarray(RATE)
    weights = Weights(cell.recurrent, cell.input, cell.bias, readout.weight, readout.bias)
    parameters = sum(leaf.size for leaf in weights)
    optimizer = Optimizer("rmsprop", RATE)

    learnt = bare.run(bare.init(jax.random.key(0)), xs, ys)[1].prediction
    by_hand = scan(first_carry(weights), rate, xs, ys)[1]
    tensors = torch.tensor(xs[:torch_count]), torch.tensor(ys[:torch_count])
    eager = TorchLearner(weights, RATE).learn(*tensors)
    early = slice(min(COMPARED, torch_count))
    check_same(learnt[early], by_hand[early], "jax.lax.scan by hand")
    check_same(learnt[early], eager.numpy()[early], "PyTorch", GUARDED)

    seconds = take_turns(
        {
            "bare": contender(bare, count),
            "full": contender(full, count),
            "scan": Contender(
                prepare=lambda: jax.block_until_ready(first_carry(weights)),
                run=lambda carry: jax.block_until_ready(scan(carry, rate, xs, ys)),
                samples=count,
            ),
            "touch": Contender(
                prepare=lambda: jax.block_until_ready(jnp.zeros(2 * parameters)),
                run=lambda numbers: jax.block_until_ready(touch(numbers, count)),
                samples=count,
            ),
            "kernels": Contender(
                prepare=lambda: jax.block_until_ready(
                    (
                        jnp.copy(cell.recurrent),
                        optimizer.init(cell.recurrent),
                        jnp.ones(units),
                    )
                ),
                run=lambda carry: jax.block_until_ready(
                    multiply_and_update(carry, optimizer, count)
                ),
                samples=count,
            ),
            "torch": Contender(
                prepare=lambda: TorchLearner(weights, RATE),
                run=lambda learner: learner.learn(*tensors),
                samples=torch_count,
            ),
        },
        rounds,
    )
    size, bare_name = f"n={units}", "immediate + RMSprop, no guards"
    full_name, torch_limit = "immediate + RMSprop", TORCH_LIMITS.get(units)
    return [
        time_row(f"{bare_name} / scan by hand, {size}", seconds, "bare", "scan", 1.15),
        time_row(f"{full_name} / scan by hand, {size}", seconds, "full", "scan", 1.5),
        time_row(f"{bare_name} / eager PyTorch, {size}", seconds, "bare", "torch", torch_limit),
        time_row(f"{full_name} / eager PyTorch, {size}", seconds, "full", "torch"),
        *(
            time_row(f"{bare_name} / {floor}, {size}", seconds, "bare", name)
            for name, floor in FLOORS.items()
        ),
    ]


def measure_many(
    units: int, learners: int, counts: tuple[int, int], rounds: int = ROUNDS
) -> list[Row]:
    """Independent learners in one ensemble, and in PyTorch moved together."""
    cell, readout = RNN(FEATURES, units, key=jax.random.key(0)), Linear(units, 1)
    learner = make_learner(cell, readout=readout, extras=False)
    weights = Weights(cell.recurrent, cell.input, cell.bias, readout.weight, readout.bias)
    count, torch_count = counts
    ours = ensemble(learner, learners, count)
    xs, ys = (torch.tensor(each) for each in streams(learners, torch_count))
    learnt = ours.run(ours.prepare())[1].prediction[:, :torch_count]
    eager = TorchLearners(weights, RATE, learners).learn(xs, ys)
    check_same(learnt, eager.numpy(), "PyTorch, learner by learner", GUARDED)
    peer = Contender(
        prepare=lambda: TorchLearners(weights, RATE, learners),
        run=lambda peer: peer.learn(xs, ys),
        samples=learners * torch_count,
    )
    seconds = take_turns({"ours": ours, "torch": peer}, rounds)
    label = f"{learners} learners, no guards / eager PyTorch with stacked weights, n={units}"
    return [time_row(label, seconds, "ours", "torch")]


def check_same(found: np.ndarray, expected: np.ndarray, peer: str, limit: float = SAME) -> None:
    """A comparison of times means nothing where the two do not compute the same."""
    apart = float(np.abs(found - expected).max()) / float(np.abs(expected).max())
    if apart > limit:
        raise AssertionError(f"Expected the predictions of {peer}; they differ by {apart:.1e}.")


if __name__ == "__main__":
    fast_dispatch()
    if timing.ONE in sys.argv:
        torch.set_num_threads(1)
    rows = [row for units in SIZES for row in measure(units, SIZES[units])]
    print_rows(PROCESSORS, rows + measure_many(64, LEARNERS, MANY_COUNTS))
