"""The Lorenz system, whose parameter rho changes in the middle of the stream."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from onward.streams.base import Chunk, StreamInfo
from onward.streams.rows import array_chunks, check_length

SIGMA = 10.0
BETA = 8 / 3
SUBSTEPS = 4
BURN_IN = 500

State = tuple[float, float, float]


@dataclass(frozen=True)
class Lorenz:
    """Chaotic convection, sampled every `step` time units.

        dx/dt = σ (y - x),  dy/dt = x (ρ - z) - y,  dz/dt = x y - β z

    with σ = 10, β = 8/3 and ρ switching from `rho_before` to `rho_after` at row
    `length // 2`; fourth-order Runge-Kutta, four substeps a sample. Both `x[t]` and `y[t]` are the
    state (x, y, z), without a unit; predict one sample ahead (`info.horizon` is 1).

    Attributes:
        rho_before: rho in the first half.
        rho_after: rho in the second half.
        step: time units between rows.
        length: number of rows, all of which are held in memory (12 bytes each).
        seed: draws the state from which the attractor is approached (500 samples, discarded).

    Raises:
        StreamError: when `length` is below 2.

    Reference: Lorenz, "Deterministic nonperiodic flow", J. Atmos. Sci. 20 (1963).
    """

    rho_before: float = 28.0
    rho_after: float = 35.0
    step: float = 0.02
    length: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        check_length(self.length)

    @property
    def info(self) -> StreamInfo:
        return StreamInfo(
            name="lorenz",
            task="regression",
            feature_names=("x", "y", "z"),
            target_names=("x", "y", "z"),
            class_names=(),
            length=self.length,
            origin=(
                f"Lorenz system, rho {self.rho_before:g} then {self.rho_after:g} "
                f"from row {self.length // 2} on"
            ),
            horizon=1,
        )

    def chunks(self, size: int, start: int = 0) -> Iterator[Chunk]:
        """Yield the rows from `start` on; `x` and `y` have shape (rows, 3)."""
        return array_chunks(self._states, self._states, None, size, start)

    @cached_property
    def _states(self) -> np.ndarray:
        first, second, third = np.random.default_rng(self.seed).normal((1.0, 1.0, 25.0), 1.0)
        state = (float(first), float(second), float(third))
        for _ in range(BURN_IN):
            state = _sample(state, self.rho_before, self.step)
        states = np.empty((self.length, 3), np.float32)
        for row in range(self.length):
            states[row] = state
            # The step that leads to row `length // 2` is the first with the new rho.
            rho = self.rho_before if row + 1 < self.length // 2 else self.rho_after
            state = _sample(state, rho, self.step)
        return states


def _sample(state: State, rho: float, step: float) -> State:
    for _ in range(SUBSTEPS):
        state = _runge_kutta(state, rho, step / SUBSTEPS)
    return state


def _runge_kutta(state: State, rho: float, step: float) -> State:
    first = _flow(state, rho)
    second = _flow(_moved(state, first, step / 2), rho)
    third = _flow(_moved(state, second, step / 2), rho)
    fourth = _flow(_moved(state, third, step), rho)
    state = _moved(state, first, step / 6)
    state = _moved(state, second, step / 3)
    state = _moved(state, third, step / 3)
    return _moved(state, fourth, step / 6)


def _flow(state: State, rho: float) -> State:
    x, y, z = state
    return SIGMA * (y - x), x * (rho - z) - y, x * y - BETA * z


def _moved(state: State, velocity: State, time: float) -> State:
    # Plain floats: an array of three costs several times the arithmetic.
    x, y, z = state
    dx, dy, dz = velocity
    return x + time * dx, y + time * dy, z + time * dz
