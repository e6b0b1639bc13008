"""JAX's own search for NaN finds those of a user, and none of ours."""

import os
import subprocess
import sys

SCRIPT = """
import jax, numpy as np, onward
x = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
key = jax.random.key(0)
options = {"delay": 2, "rule": onward.Shadowed(), "scale": onward.ExponentialMoments(9)}
options |= {"feedback": True, "readout": onward.RecursiveLeastSquares}
learner = onward.Learner(onward.RNN(3, 4, key=key), **options)
state = learner.init(key)
state, info = learner.run(state, x, x[:, :1])
state, info = learner.step(state, x[0], x[0, :1])
learner.predict(state, x[0])
options |= {"readout": onward.KernelRegressor}
x[5] = np.nan
for loss, width in ((onward.Huber(), 1), (onward.CrossEntropy(2), 2)):
    options |= {"loss": loss, "rule": onward.Immediate()}
    learner = onward.Learner(onward.GRU(2 + width, 4, key=key), **options)
    y = x[:, :1] if width == 1 else np.where(np.isnan(x[:, :1]), np.nan, x[:, :1] > 0)
    state, info = learner.run(learner.init(key), x, y)
    state, info = learner.step(state, x[0], y[0])
    learner.predict(state, x[0])
    options |= {"readout": onward.KernelClassifier}
print("clean")


class Broken(onward.AbstractCell):
    gain: jax.Array
    input_size: int = 2

    def init_state(self):
        return self.gain

    def __call__(self, state_prev, x):
        return self.gain * jax.numpy.sqrt(state_prev - 5 + x[0])


learner = onward.Learner(Broken(jax.numpy.ones(3)), guard=False, optimizer="sgd")
try:
    learner.run(learner.init(key), x, x[:, :1])
except FloatingPointError:
    print("found")
"""


def test_it_passes_clean_numbers_and_stops_at_a_cell_that_makes_nan() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "JAX_DEBUG_NANS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    # JAX says in between that it goes through the function again.
    lines = done.stdout.splitlines()
    assert (lines[0], lines[-1]) == ("clean", "found")
