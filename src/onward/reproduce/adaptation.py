"""Pre-train, shift, adapt, score: every seed and learning rate of a method in one compiled call."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from onward.cells import AbstractCell, Embedded, derive
from onward.ensemble import Ensemble
from onward.experiments import CELLS, parse_rule
from onward.learner import Learner
from onward.readout import Linear
from onward.reproduce.setting import FROZEN, Method, Setting
from onward.reproduce.tasks.base import Phase
from onward.state import LearnerState

# Numbers in the vector that stands for a symbol.
EMBEDDING = 32


class Network(NamedTuple):
    """Weights, the recurrent state that they have reached, and the seed of both."""

    parameters: Any
    recurrent: Any
    seed: int


def make_cell(setting: Setting, seed: int) -> AbstractCell:
    """The untrained cell of a seed, which reads the task's features or symbols."""
    task, kind = setting.task, CELLS[setting.cell]
    inner, outer = jax.random.split(jax.random.key(seed))
    if task.symbols is not None:
        return Embedded(kind(EMBEDDING, setting.size, key=inner), task.symbols, key=outer)
    return kind(task.after(seed).x.shape[1], setting.size, key=inner)


def make_learner(setting: Setting, method: Method, seed: int) -> Learner:
    """A learner as the papers have it: a plain linear readout, and numbers as they are."""
    cell, loss = make_cell(setting, seed), setting.task.loss
    targets = setting.task.after(seed).y.shape[1]
    return Learner(
        cell,
        targets,
        loss=loss,
        rule=parse_rule(method.rule),
        optimizer=method.optimizer,
        learning_rate={"cell": 0.0, "readout": 0.0},
        readout=Linear(derive.emitted_size(cell), loss.outputs(targets), dtype=cell.dtype),
        normalise=False,
    )


@lru_cache(maxsize=8)
def pretrained(setting: Setting, seeds: tuple[int, ...], threads: int) -> tuple[Network, ...]:
    """The networks at the moment of the shift, one a seed."""
    training = setting.training
    phases = [setting.task.before(seed) for seed in seeds]
    networks = [untrained(setting, seed) for seed in seeds]
    if not len(phases[0].x):
        return tuple(networks)
    runs = [(network, training.rate) for network in networks]
    return follow(setting, training.method, runs, phases, threads)[0]


def sweep(
    setting: Setting,
    method: Method,
    rates: Sequence[float],
    seeds: tuple[int, ...],
    threads: int,
) -> np.ndarray:
    """The errors of a method after the shift.

    Returns:
        Shape (rates, seeds, measures); infinite where a pass diverged.
    """
    task, networks = setting.task, pretrained(setting, seeds, threads)
    after = [task.after(seed) for seed in seeds] * len(rates)
    runs = [(network, rate) for rate in rates for network in networks]
    start = task.frozen_from
    if start is None:
        _, predictions = follow(setting, method, runs, after, threads)
    else:
        learnt = [Phase(phase.x[:start], phase.y[:start]) for phase in after]
        moved, _ = follow(setting, method, runs, learnt, threads)
        after = [Phase(phase.x[start:], phase.y[start:]) for phase in after]
        _, predictions = follow(setting, FROZEN, [(one, 0.0) for one in moved], after, threads)
    with np.errstate(over="ignore", invalid="ignore"):
        errors = [
            task.errors(*pair) for pair in zip(predictions, (p.y for p in after), strict=True)
        ]
    found = np.where(np.isfinite(errors), errors, np.inf)
    return found.reshape(len(rates), len(seeds), -1)


def untrained(setting: Setting, seed: int) -> Network:
    """The network of a seed before any training."""
    learner = make_learner(setting, FROZEN, seed)
    state = learner.init(jax.random.key(seed))
    return Network(state.parameters, state.recurrent, seed)


def follow(
    setting: Setting,
    method: Method,
    runs: Sequence[tuple[Network, float]],
    phases: Sequence[Phase],
    threads: int,
) -> tuple[tuple[Network, ...], np.ndarray]:
    """Where each network with its rate gets to along its phase, and what it predicts on the way."""
    learner = make_learner(setting, method, runs[0][0].seed)
    ensemble = Ensemble(learner, threads)
    states = [_start(learner, method, network, rate) for network, rate in runs]
    parts, info = ensemble.run(
        ensemble.gather(states),
        np.stack([phase.x for phase in phases]),
        np.stack([phase.y for phase in phases]),
    )
    moved = [
        jax.tree.map(lambda leaf, row=row: leaf[row], (part.parameters, part.recurrent))
        for part in parts
        for row in range(part.counters.values.shape[0])
    ]
    networks = (
        Network(parameters, recurrent, network.seed)
        for (parameters, recurrent), (network, _) in zip(moved, runs, strict=True)
    )
    return tuple(networks), np.asarray(info.prediction)


def _start(learner: Learner, method: Method, network: Network, rate: float) -> LearnerState:
    state = learner.init(jax.random.key(network.seed))
    readout = 0.0 if method.plastic == "recurrent" else rate
    rates = {
        "cell": jnp.asarray(rate, learner.dtype),
        "readout": jnp.asarray(readout, learner.dtype),
    }
    return state.replace(
        parameters=network.parameters, recurrent=network.recurrent, learning_rates=rates
    )
