"""A run that writes into a store and a log, to be killed at any moment and begun again."""

import sys
from pathlib import Path

import jax
import numpy as np

from onward import RNN, UORO, CheckpointStore, Learner, UpdateLog

FEATURES, PIECE = 3, 50


def make_learner(units: int = 4) -> Learner:
    """A small one, whose rule draws at random at every step."""
    cell = RNN(FEATURES, units, key=jax.random.key(0))
    return Learner(cell, rule=UORO(), optimizer="rmsprop", learning_rate=1e-3)


def piece(index: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples of the stream, some of them without a label."""
    random = np.random.default_rng(index)
    xs = random.normal(size=(PIECE, FEATURES)).astype(np.float32)
    ys = np.tanh(xs.sum(1, keepdims=True)) + 0.1 * xs[:, :1]
    ys[random.random(PIECE) < 0.1] = np.nan
    return xs, ys.astype(np.float32)


def work(folder: Path, pieces: int) -> None:
    """Go on from the last checkpoint, or begin; after each piece there is another one."""
    store, learner = CheckpointStore(folder / "store", keep=3), make_learner()
    found = store.latest()
    if found is None:
        state, position = learner.init(jax.random.key(1)), 0
    else:
        learner, state, position, *_ = found
    with UpdateLog(folder / "log", learner, position) as log:
        for index in range(position // PIECE, pieces):
            xs, ys = piece(index)
            state, info = learner.run(state, xs, ys)
            log.add(info, xs, ys)
            store.save(learner, state, log.position)
            log.mark()
            # What is compiled takes seconds; from here on there is something to tear.
            (folder / "ready").touch()


if __name__ == "__main__":
    work(Path(sys.argv[1]), int(sys.argv[2]))
