"""What electrodes and labels can do to a decoder: faults of a minute in a stream of counts."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.faults.outcome import Outcome
from onward import (
    GRU,
    EProp,
    Guarded,
    Guards,
    Learner,
    LearnerState,
    Safeguard,
    Safeguarded,
)

CHANNELS, TARGETS, UNITS = 24, 2, 32
# A minute of bins of 50 ms.
MINUTE = 1200
# What is left of the score after a fault, at least, for it to count as survived.
LEAST = 0.95

Samples = tuple[np.ndarray, np.ndarray]


class Lengths(NamedTuple):
    """Rows: before the fault, of it, of the recovery, and of the end, which is scored."""

    before: int = 12_000
    fault: int = MINUTE
    after: int = 6 * MINUTE
    end: int = 2 * MINUTE


def counts(rows: int, seed: int = 0) -> Samples:
    """Spike counts of channels that are tuned to a velocity, and that velocity."""
    random = np.random.default_rng(seed)
    velocity, push = np.zeros((rows, TARGETS)), random.normal(size=(rows, TARGETS))
    for row in range(1, rows):
        velocity[row] = 0.95 * velocity[row - 1] + 0.31 * push[row]
    tuning = random.normal(0, 0.5, (TARGETS, CHANNELS))
    later = np.roll(velocity, -2, axis=0)
    rates = np.exp(np.clip(later @ tuning + random.normal(0.3, 0.4, CHANNELS), -4, 3))
    return random.poisson(rates).astype(np.float32), velocity.astype(np.float32)


def _dying(xs: np.ndarray, ys: np.ndarray, rows: slice) -> None:
    xs[rows.start :, 3] = np.nan


def _dead(xs: np.ndarray, ys: np.ndarray, rows: slice) -> None:
    xs[rows.start :, 3] = 0


def _silent(xs: np.ndarray, ys: np.ndarray, rows: slice) -> None:
    xs[rows] = 0


def _gain(xs: np.ndarray, ys: np.ndarray, rows: slice) -> None:
    xs[rows] *= 10


def _noise(xs: np.ndarray, ys: np.ndarray, rows: slice) -> None:
    ys[rows] += np.random.default_rng(5).normal(0, 3, ys[rows].shape)


def _swapped(xs: np.ndarray, ys: np.ndarray, rows: slice) -> None:
    ys[rows] = ys[rows][:, ::-1]


FAULTS: dict[str, Callable[[np.ndarray, np.ndarray, slice], None]] = {
    "a channel dies (missing from then on)": _dying,
    "a channel dies (silent from then on)": _dead,
    "all channels silent for a minute": _silent,
    "gain × 10 for a minute": _gain,
    "noise of 3 σ on labels for a minute": _noise,
    "labels swapped for a minute": _swapped,
}


class Decoder:
    """A decoder that has learnt before the fault, plain, guarded and safeguarded."""

    def __init__(self, lengths: Lengths, units: int = UNITS):
        cell = GRU(CHANNELS, units, key=jax.random.key(0))
        self.learner = Learner(cell, TARGETS, rule=EProp(), optimizer="rmsprop", learning_rate=3e-4)
        self.lengths = lengths
        self.stream = counts(sum(lengths))
        first = slice(lengths.before)
        state, _ = self.learner.run(
            self.learner.init(jax.random.key(1)), *(part[first] for part in self.stream)
        )
        self.state = jax.tree.map(np.array, state)
        guarded = Guarded(self.learner, Guards("warn", "roll back", "restart"))
        self.kinds: dict[str, Any] = {
            "plain": self.learner,
            "guarded": guarded,
            "safeguarded": Safeguarded(self.learner, Safeguard(500, 0.01)),
        }

    def after(self, fault: str | None) -> dict[str, dict[str, Any]]:
        """R² within the fault and at the end, and whether all is finite, by kind of decoder."""
        lengths, (clean, truth) = self.lengths, self.stream
        xs, ys = clean[lengths.before :].copy(), truth[lengths.before :].copy()
        rows = slice(0, lengths.fault)
        if fault:
            FAULTS[fault](xs, ys, rows)
        true, found = truth[lengths.before :], {}
        for kind, model in self.kinds.items():
            state: LearnerState = jax.tree.map(jnp.copy, self.state)
            state = state if kind == "plain" else model.begin(state)
            state, info = model.run(state, xs, ys)
            finite = all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(state))
            made, told = info.prediction, info.diagnostics.sum(0)
            found[kind] = {
                "within": r_squared(made[rows], true[rows]),
                "end": r_squared(made[-lengths.end :], true[-lengths.end :]),
                "finite": finite and bool(np.isfinite(made).all()),
                "told": dict(zip(model.reports, told.tolist(), strict=True)),
            }
        return found


def r_squared(made: np.ndarray, true: np.ndarray) -> float:
    """The mean over targets."""
    error = ((made - true) ** 2).sum(0) / ((true - true.mean(0)) ** 2).sum(0)
    return float(1 - error.mean())


def outcomes(lengths: Lengths, faults: list[str], units: int = UNITS) -> list[Outcome]:
    """Each fault, and how the decoders come out of it beside one that was spared."""
    decoder = Decoder(lengths, units)
    spared = decoder.after(None)
    rows = []
    for fault in faults:
        found, survived, told = decoder.after(fault), 0, []
        for kind, one in found.items():
            survived += one["finite"] and one["end"] >= LEAST * spared[kind]["end"]
            told.append(f"{kind} {one['within']:.2f} within, {one['end']:.3f} at the end")
        more = f" (spared: {spared['plain']['end']:.3f})"
        rows.append(Outcome(fault, len(found), survived, "R²: " + "; ".join(told) + more))
    return rows
