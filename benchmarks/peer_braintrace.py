"""D-RTRL with RMSprop in braintrace, run in an environment of its own.

From its first line of input it reads where the samples lie, and the settings. It writes the
weights that it starts from and what it predicts while it learns from all samples; then, for every
line that it reads, it learns from them once more and writes the seconds a sample.
"""

import json
import sys
import time
import warnings

import brainstate
import braintools
import braintrace
import jax
import numpy as np


class Network(brainstate.nn.Module):
    """A vanilla RNN and a linear readout of its state."""

    def __init__(self, features: int, units: int):
        super().__init__()
        self.cell = braintrace.nn.ValinaRNNCell(features, units, activation="tanh")
        self.readout = brainstate.nn.Linear(units, 1)


def make_run(network: Network, rate: float, decay: float, floor: float, x: jax.Array):
    """A compiled loop over samples; the weights move at every one."""
    # The cell alone: a readout that is compiled with it gets a gradient of zero.
    learner = braintrace.compile(network.cell, braintrace.D_RTRL, x)
    parameters = network.states(brainstate.ParamState)
    optimizer = braintools.optim.RMSprop(lr=rate, alpha=decay, eps=floor)
    optimizer.register_trainable_weights(parameters)

    def step(x: jax.Array, y: jax.Array) -> jax.Array:
        def objective() -> tuple[jax.Array, jax.Array]:
            prediction = network.readout(learner(x))
            return 0.5 * jax.numpy.sum((prediction - y) ** 2), prediction

        gradients, prediction = brainstate.transform.grad(objective, parameters, has_aux=True)()
        optimizer.update(gradients)
        return prediction

    @brainstate.transform.jit
    def run(xs: jax.Array, ys: jax.Array) -> jax.Array:
        return brainstate.transform.for_loop(step, xs, ys)

    return run


def main() -> None:
    """Compile and warm up, tell what was predicted, then time one run a line."""
    warnings.simplefilter("ignore")
    settings = json.loads(sys.stdin.readline())
    with np.load(settings["samples"]) as stored:
        xs, ys = jax.numpy.asarray(stored["xs"]), jax.numpy.asarray(stored["ys"])
    brainstate.random.seed(0)
    network = Network(xs.shape[1], settings["units"])
    run = make_run(network, settings["rate"], settings["decay"], settings["floor"], xs[0])
    weights = {
        part: {name: np.asarray(leaf).tolist() for name, leaf in layer.weight.value.items()}
        for part, layer in (("cell", network.cell.W), ("readout", network.readout))
    }
    predictions = np.asarray(run(xs, ys)).tolist()
    print(json.dumps({"weights": weights, "predictions": predictions}), flush=True)
    clock = time.process_time if settings["processor_time"] else time.perf_counter
    for _ in sys.stdin:
        start = clock()
        jax.block_until_ready(run(xs, ys))
        print(json.dumps((clock() - start) / len(xs)), flush=True)


if __name__ == "__main__":
    main()
