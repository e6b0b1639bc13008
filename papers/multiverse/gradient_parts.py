"""What exact credit adds to the immediate derivative, and how many directions that has.

The gradient by the recurrent weights is a sum, g_RTRL = g_imm + g_past: what the weights did to the
newest state, and what they did to the states before it.
"""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np

from onward.diagnose.shadow import gradient
from onward.diagnose.trajectory import record
from onward.learning.parts import Parts
from onward.learning.trajectory import Trajectory
from onward.rules import RTRL, Immediate
from papers.multiverse.network import Network, Shape, frozen_state, moved
from papers.setting import Method
from papers.tasks.base import Phase

# Samples that are measured on.
ROWS = 200
# Top-1 singular fractions: of the gradient summed over the rows, a matrix like the weights; and of
# all rows' gradients, each as a row of n² numbers.
PAST, PRESENT = "top-1 of g_past, summed", "top-1 of g_imm, summed"
PAST_ROWS, PRESENT_ROWS = "top-1 of g_past, row by row", "top-1 of g_imm, row by row"
LENGTHS = "‖g_past‖ by ‖g_imm‖"
# How far an optimizer has moved the recurrent weights and the readout's.
STEPS = "‖ΔW_hh‖ by ‖ΔW_out‖"


class GradientParts(NamedTuple):
    """Gradients by the recurrent weights at each sample; zero where a sample has no label.

    Attributes:
        immediate: with the state before the sample held.
        past: what exact credit adds to it.
    """

    immediate: np.ndarray
    past: np.ndarray


def gradient_parts(shape: Shape, network: Network, phase: Phase) -> GradientParts:
    """Both parts along a stretch, with frozen weights, each of shape (rows, units, n)."""
    learner, state = frozen_state(shape, network)
    trajectory = record(learner, state, phase.x, phase.y)
    parts = tuple(dataclasses.replace(learner.parts, rule=rule) for rule in (Immediate(), RTRL()))
    present, whole = map(np.asarray, _walk(parts, state.parameters, trajectory))
    flat = lambda part: part.reshape(len(part), -1, part.shape[-1]).astype(np.float64)  # noqa: E731
    with np.errstate(invalid="ignore"):
        return GradientParts(flat(present), flat(whole) - flat(present))


def top_fraction(matrix: np.ndarray) -> float:
    """σ₁/Σσ of a matrix: 1 where it has one direction, NaN where it is zero."""
    values = np.linalg.svd(matrix, compute_uv=False)
    with np.errstate(invalid="ignore"):
        return float(values[0] / values.sum())


def concentration(shape: Shape, network: Network, phase: Phase) -> Mapping[str, float]:
    """The top-1 singular fractions of both parts over the first rows of a stretch, and how long
    g_past is beside g_imm. Infinite numbers where the network has diverged."""
    rows = Phase(phase.x[:ROWS], phase.y[:ROWS])
    lost: dict[str, float] = dict.fromkeys(
        (PAST, PRESENT, PAST_ROWS, PRESENT_ROWS, LENGTHS), np.inf
    )
    try:
        present, past = gradient_parts(shape, network, rows)
    except ValueError:
        return lost
    if not (np.isfinite(present).all() and np.isfinite(past).all()):
        return lost
    with np.errstate(invalid="ignore"):
        longer = float(np.linalg.norm(past) / np.linalg.norm(present))
    return {
        PAST: top_fraction(past.sum(axis=0)),
        PRESENT: top_fraction(present.sum(axis=0)),
        PAST_ROWS: top_fraction(past.reshape(len(past), -1)),
        PRESENT_ROWS: top_fraction(present.reshape(len(present), -1)),
        LENGTHS: longer,
    }


def after_learning(
    shape: Shape, method: Method, before: Network, after: Network, later: Phase
) -> Mapping[str, float]:
    """How a method has moved the weights, and where it is exact credit, how gradients split in
    what it has come to, along the rows that follow."""
    recurrent, readout = moved(before, after)
    split = concentration(shape, after, later) if method.rule == "rtrl" else {}
    return {STEPS: recurrent / readout if readout else np.inf, **split}


@partial(jax.jit, static_argnums=0)
def _walk(
    followed: tuple[Parts, ...], parameters: dict[str, Any], trajectory: Trajectory
) -> tuple[jax.Array, ...]:
    """Each rule's gradient by the recurrent weights at each sample."""
    cell, _ = followed[0].model(parameters)

    def one(carries: tuple[Any, ...], sample: Trajectory) -> tuple[Any, tuple[jax.Array, ...]]:
        walked = [
            gradient(parts, parameters, carry, sample)
            for parts, carry in zip(followed, carries, strict=True)
        ]
        found = tuple(gradients["cell"].recurrent for _, gradients in walked)
        return tuple(carry for carry, _ in walked), found

    first = jax.tree.map(lambda leaf: leaf[0], trajectory)
    key = jax.random.key(0)
    start = tuple(parts.rule.init(cell, first.states_prev, first.xs, key) for parts in followed)
    return jax.lax.scan(one, start, trajectory)[1]
