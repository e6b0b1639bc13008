"""Pre-train, shift, adapt, score: every seed and learning rate of a method."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from onward.cells import AbstractCell, Embedded, derive
from onward.learning.learner import Learner
from onward.learning.state import LearnerState
from onward.readouts import Linear
from onward.runs import CELLS, parse_rule
from onward.scales import Unscaled
from papers.setting import FROZEN, Method, Setting
from papers.tasks.base import Phase

# Numbers in the vector that stands for a symbol.
EMBEDDING = 32


class Network(NamedTuple):
    """Weights, the recurrent state that they have reached, and the seed of both."""

    parameters: Any
    recurrent: Any
    seed: int


def make_cell(setting: Setting, seed: int) -> AbstractCell:
    """The untrained cell of a seed, which reads the task's features or symbols."""
    task, kind = setting.task, partial(CELLS[setting.cell], **dict(setting.options))
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
        scale=Unscaled(),
    )


@lru_cache(maxsize=8)
def pretrained(setting: Setting, seeds: tuple[int, ...], threads: int) -> tuple[Network, ...]:
    """The networks at the moment of the shift, one a seed."""
    if setting.task.origin != setting.task:
        return pretrained(replace(setting, task=setting.task.origin), seeds, threads)
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
    """Where each network with its rate gets to along its phase, and what it predicts on the way.

    The first alone: it compiles what all the others run, whatever their number.
    """
    learner = make_learner(setting, method, runs[0][0].seed)
    seeds = dict.fromkeys(network.seed for network, _ in runs)
    fresh = {seed: learner.init(jax.random.key(seed)) for seed in seeds}

    def move(run: tuple[Network, float], phase: Phase) -> tuple[Network, np.ndarray]:
        seed = run[0].seed
        state, info = learner.run(_start(fresh[seed], method, *run), phase.x, phase.y)
        return Network(state.parameters, state.recurrent, seed), np.asarray(info.prediction)

    first = move(runs[0], phases[0])
    with ThreadPoolExecutor(threads) as pool:
        done = [first, *pool.map(move, runs[1:], phases[1:])]
    networks, predictions = zip(*done, strict=True)
    return networks, np.stack(predictions)


def _start(fresh: LearnerState, method: Method, network: Network, rate: float) -> LearnerState:
    """A fresh state with the network in it, and its rates."""
    rates = {"cell": rate, "readout": 0.0 if method.plastic == "recurrent" else rate}
    state = fresh.replace(
        parameters=network.parameters,
        recurrent=network.recurrent,
        learning_rates={
            group: jnp.full_like(held, rates[group]) for group, held in fresh.learning_rates.items()
        },
    )
    # Copies: a run consumes its state, and several start from one network.
    return jax.tree.map(jnp.copy, state)
