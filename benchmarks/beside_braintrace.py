"""`Learner.run` with Immediate and RMSprop beside braintrace's D-RTRL with RMSprop in its scan."""

import json
import random
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import timing

PROCESSORS = timing.use_processors()

import jax  # noqa: E402
import numpy as np  # noqa: E402

from learners import (  # noqa: E402
    FEATURES,
    LEARNERS,
    RATE,
    contender,
    ensemble,
    make_learner,
    samples,
)
from onward import RNN, Linear, fast_dispatch  # noqa: E402
from peer_scan import DECAY, FLOOR  # noqa: E402
from places import HERE, PEER  # noqa: E402
from rows import Row, print_rows, time_row  # noqa: E402

ROUNDS, LIMIT, CHECKED = 21, 0.75, 200
# Units at which an ensemble takes turns too, and its samples in a run.
MANY, MANY_COUNT = 64, 100
SIZES = {64: 20_000, 128: 8_000, 256: 2_000, 1024: 200}


class Braintrace:
    """The peer's process: compiled and warm, it waits for its turn."""

    def __init__(self, python: Path, units: int, count: int):
        xs, ys = samples(count)
        with tempfile.TemporaryDirectory() as folder:
            stored = f"{folder}/samples.npz"
            np.savez(stored, xs=xs, ys=ys)
            self.process = subprocess.Popen(
                [python, HERE / "peer_braintrace.py"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            first = self._ask(
                json.dumps(
                    {
                        "samples": stored,
                        "units": units,
                        "rate": RATE,
                        "decay": DECAY,
                        "floor": FLOOR,
                        "processor_time": timing.ONE in sys.argv,
                    }
                )
            )
        check_peer(first["weights"], np.asarray(first["predictions"][:CHECKED]), xs, ys)

    def turn(self) -> float:
        """Seconds a sample of one run."""
        return self._ask("")

    def _ask(self, line: str) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("Expected an answer of braintrace; its process has ended.")
        return json.loads(answer)

    def __enter__(self) -> "Braintrace":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()


def check_peer(weights: dict[str, Any], found: np.ndarray, xs: np.ndarray, ys: np.ndarray) -> None:
    """The peer predicts what D-RTRL that updates at every sample predicts, and not what one
    predicts whose weights stand still."""
    moving, still = (diagonal_rtrl(weights, xs, ys, len(found), rate) for rate in (RATE, 0.0))
    # In the mean: RMSprop magnifies the rounding of a gradient that is nearly zero.
    apart, room = np.abs(found - moving).mean(), np.abs(moving - still).mean()
    if apart > 0.1 * room:
        raise AssertionError(
            f"Expected braintrace to update at every sample; its predictions are {apart:.1e} "
            f"from those, where updates move them by {room:.1e}."
        )


def diagonal_rtrl(
    weights: dict[str, Any], xs: np.ndarray, ys: np.ndarray, count: int, rate: float
) -> np.ndarray:
    """E_t = diag(J_t) E_{t-1} + B_t, gradient = (dL_t/dh_t) E_t, RMSprop at every sample."""
    matrix, bias, readout, offset = (
        np.array(weights[part][name], np.float64)
        for part in ("cell", "readout")
        for name in ("weight", "bias")
    )
    squares = [np.zeros_like(leaf) for leaf in (matrix, bias, readout, offset)]
    features, hidden, predictions = xs.shape[1], np.zeros(len(bias)), []
    trace, bias_trace = np.zeros_like(matrix), np.zeros_like(bias)
    for x, y in zip(xs[:count], ys[:count], strict=True):
        joined = np.concatenate([x, hidden])
        hidden = np.tanh(joined @ matrix + bias)
        slope, own = 1 - hidden**2, np.diagonal(matrix[features:])
        trace = slope * own * trace + np.outer(joined, slope)
        bias_trace = slope * own * bias_trace + slope
        predictions.append(hidden @ readout + offset)
        error = predictions[-1] - y
        signal = readout @ error
        gradients = (signal * trace, signal * bias_trace, np.outer(hidden, error), error)
        for index, (leaf, gradient) in enumerate(
            zip((matrix, bias, readout, offset), gradients, strict=True)
        ):
            squares[index] = DECAY * squares[index] + (1 - DECAY) * gradient**2
            leaf -= rate * gradient / np.sqrt(squares[index] + FLOOR)
    return np.array(predictions)


def measure(
    python: Path, units: int, count: int, rounds: int = ROUNDS, learners: int = 0
) -> list[Row]:
    """Turns of ours, with and without guards and normalisation, and of the peer."""
    cell, drawn = RNN(FEATURES, units, key=jax.random.key(0)), random.Random(0)
    bare, full = (
        make_learner(cell, readout=Linear(units, 1), extras=each) for each in (False, True)
    )
    ours = {"bare": contender(bare, count), "full": contender(full, count)}
    if learners:
        ours["many"] = ensemble(bare, learners, MANY_COUNT)
    for one in ours.values():
        one.run(one.prepare())
    turns = {name: partial(timing.timed, one, drawn) for name, one in ours.items()}
    with Braintrace(python, units, count) as peer:
        seconds = timing.alternate({**turns, "peer": peer.turn}, rounds)
    end = f"/ braintrace D-RTRL, n={units}"
    rows = [
        time_row(f"immediate + RMSprop, no guards {end}", seconds, "bare", "peer", LIMIT),
        time_row(f"immediate + RMSprop {end}", seconds, "full", "peer"),
    ]
    if learners:
        label = f"{learners} learners, no guards, each sample / one of braintrace D-RTRL, n={units}"
        rows.append(time_row(label, seconds, "many", "peer"))
    return rows


if __name__ == "__main__":
    fast_dispatch()
    rows = []
    for units, count in SIZES.items():
        rows += measure(PEER, units, count, learners=LEARNERS if units == MANY else 0)
    print_rows(PROCESSORS, rows)
