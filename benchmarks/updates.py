"""One online update of a vanilla RNN: `Learner.run` beside the same learning written by hand."""

import json

from timing import Contender, ratio, summary, take_turns, use_one_processor

PROCESSORS = use_one_processor()

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

from onward import RNN, Immediate, Learner, Linear  # noqa: E402
from peers import TorchLearner, Weights, first_carry, scan  # noqa: E402

FEATURES, RATE, ROUNDS = 8, 1e-5, 11
# Units: samples in a run of JAX, and of PyTorch.
SIZES = {64: (20_000, 200), 256: (2_000, 100), 1024: (200, 20)}
COMPARED = 300


def samples(count: int) -> tuple[np.ndarray, np.ndarray]:
    """A target that depends on the samples before: a leaky sum of noisy features."""
    generator = np.random.default_rng(0)
    xs = generator.standard_normal((count, FEATURES)).astype(np.float32)
    ys = np.zeros((count, 1), np.float32)
    for row in range(1, count):
        ys[row] = 0.8 * ys[row - 1] + 0.2 * xs[row - 1, 0] * xs[row, 1]
    return xs, ys


def make_learner(cell: RNN, readout: Linear, extras: bool) -> Learner:
    """The learner, with or without guards and running normalisation."""
    return Learner(
        cell,
        rule=Immediate(),
        optimizer="rmsprop",
        learning_rate=RATE,
        readout=readout,
        normalise=extras,
        guard=extras,
    )


def onward_contender(learner: Learner, xs: jax.Array, ys: jax.Array) -> Contender:
    """`Learner.run` from a fresh state."""
    return Contender(
        prepare=lambda: jax.block_until_ready(learner.init(jax.random.key(0))),
        run=lambda state: jax.block_until_ready(learner.run(state, xs, ys)),
        samples=len(xs),
    )


def measure(units: int) -> dict:
    """All contenders at one size."""
    count, torch_count = SIZES[units]
    xs, ys = samples(max(count, COMPARED))
    cell, readout = RNN(FEATURES, units, key=jax.random.key(0)), Linear(units, 1)
    bare, full = make_learner(cell, readout, False), make_learner(cell, readout, True)
    rate = jnp.asarray(RATE)
    weights = Weights(cell.recurrent, cell.input, cell.bias, readout.weight, readout.bias)

    learnt = bare.run(bare.init(jax.random.key(0)), xs[:COMPARED], ys[:COMPARED])[1].prediction
    by_hand = scan(first_carry(weights), rate, xs[:COMPARED], ys[:COMPARED])[1]
    tensors = torch.tensor(xs[:torch_count]), torch.tensor(ys[:torch_count])
    eager = TorchLearner(weights, RATE).learn(*tensors)

    device_xs, device_ys = jnp.asarray(xs[:count]), jnp.asarray(ys[:count])
    contenders = {
        "bare": onward_contender(bare, device_xs, device_ys),
        "scan": Contender(
            prepare=lambda: jax.block_until_ready(first_carry(weights)),
            run=lambda carry: jax.block_until_ready(scan(carry, rate, device_xs, device_ys)),
            samples=count,
        ),
        "full": onward_contender(full, device_xs, device_ys),
        "torch": Contender(
            prepare=lambda: TorchLearner(weights, RATE),
            run=lambda learner: learner.learn(*tensors),
            samples=torch_count,
        ),
    }
    times = take_turns(contenders, ROUNDS)
    return {
        "units": units,
        "microseconds": {name: summary(one.cpu) for name, one in times.items()},
        "wall_microseconds": {name: summary(one.wall) for name, one in times.items()},
        "ratios": {
            f"{ours}/{theirs}": ratio(times[ours].cpu, times[theirs].cpu)
            for ours in ("bare", "full")
            for theirs in ("scan", "torch")
        },
        "largest_difference": {
            "predictions": float(np.abs(by_hand).max()),
            "scan": float(np.abs(learnt - by_hand).max()),
            "torch": float(np.abs(learnt[:torch_count] - eager.numpy()).max()),
        },
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps({"processors": PROCESSORS, "sizes": [measure(units) for units in SIZES]}))
