"""How a network starts, and how it is followed along a stretch."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward.cells import Embedded, derive
from onward.learning.learner import Learner
from onward.learning.state import LearnerState
from onward.losses import CrossEntropy, Squared
from onward.readouts import Linear
from onward.runs import CELLS, parse_rule
from onward.scales import Unscaled
from papers.setting import Method
from papers.tasks.base import Phase

# A stretch is cut into pieces of these lengths, so that few programs serve stretches of any.
PIECES = (100, 20, 1)
# Learners and their first states, which the draws of a world share.
KEPT = 256
# Numbers in the vector that stands for a symbol.
EMBEDDING = 32


@dataclass(frozen=True)
class Shape:
    """What a network is compiled for.

    Attributes:
        cell: its name, see `onward info`.
        size: hidden units.
        features, targets: numbers of a sample and of a label.
        precision: "float32" or "float64".
        options: the cell's own, by name.
        classes: of the one label, by cross-entropy; 0 where labels are numbers.
        symbols: how many the one feature numbers; 0 for real features.
    """

    cell: str
    size: int
    features: int
    targets: int
    precision: str = "float32"
    options: tuple[tuple[str, int], ...] = ()
    classes: int = 0
    symbols: int = 0


class Network(NamedTuple):
    """Weights, the recurrent state that they have reached, and the seed of both."""

    parameters: Any
    recurrent: Any
    seed: int


@lru_cache(maxsize=KEPT)
def learner(shape: Shape, method: Method) -> Learner:
    """As the papers have it: a plain linear readout, and numbers as they are."""
    cell = _read(shape, _cell(shape, 0), 0)
    loss = CrossEntropy(shape.classes) if shape.classes else Squared()
    return Learner(
        cell,
        shape.targets,
        loss=loss,
        rule=parse_rule(method.rule),
        optimizer=method.optimizer,
        learning_rate={"cell": 0.0, "readout": 0.0},
        readout=Linear(derive.emitted_size(cell), loss.outputs(shape.targets), dtype=cell.dtype),
        scale=Unscaled(),
    )


@lru_cache(maxsize=KEPT)
def _first(shape: Shape, method: Method, seed: int) -> LearnerState:
    return learner(shape, method).init(jax.random.key(seed))


def start(shape: Shape, weights: str, inputs: str, readout: str, seed: int) -> Network:
    """An untrained network.

    Args:
        shape: of it.
        weights: recurrent weights: "own" leaves them as the cell draws them; "uniform" in ±1/√n;
            "gaussian 1.5" of standard deviation 1.5/√n; "orthogonal 1.2" 1.2 times a rotation.
        inputs: input weights: "own"; "uniform" in ±1/√n; "small", of standard deviation .1.
        readout: its weights: "zero"; "small"; "uniform" in ±1/√n.
        seed: of all draws.
    """
    random = np.random.default_rng(seed)
    cell = _cell(shape, seed)
    for name, how in (("recurrent", weights), ("input", inputs)):
        if how != "own":
            held = getattr(cell, name)
            drawn = _drawn(random, how, held.shape, shape.size)
            cell = eqx.tree_at(partial(_leaf, name), cell, jnp.asarray(drawn, held.dtype))
    cell = _read(shape, cell, seed)
    fresh = _first(shape, Method("frozen"), seed)
    held = fresh.parameters["readout"].weight
    drawn = _drawn(random, readout, held.shape, shape.size)
    linear = eqx.tree_at(
        partial(_leaf, "weight"), fresh.parameters["readout"], jnp.asarray(drawn, held.dtype)
    )
    return Network({"cell": cell.parameters(), "readout": linear}, fresh.recurrent, seed)


def follow(
    shape: Shape, method: Method, network: Network, rates: tuple[float, float], phase: Phase
) -> tuple[Network, np.ndarray]:
    """Where a network gets to along a stretch, and what it predicts on the way.

    Args:
        shape: of it.
        method: how it learns.
        network: left as it is.
        rates: learning rates of the cell and of the readout.
        phase: the stretch.
    """
    if not len(phase.x):
        return network, np.empty((0, shape.targets))
    one, fresh = learner(shape, method), _first(shape, method, network.seed)
    by_group = dict(zip(("cell", "readout"), rates, strict=True))
    state = fresh.replace(
        parameters=network.parameters,
        recurrent=network.recurrent,
        learning_rates={
            group: jnp.full_like(held, by_group[group])
            for group, held in fresh.learning_rates.items()
        },
    )
    # A copy: a run consumes its state.
    state, predictions = jax.tree.map(jnp.copy, state), []
    for piece in _pieces(len(phase.x)):
        state, info = one.run(state, phase.x[piece], phase.y[piece])
        predictions.append(np.asarray(info.prediction))
    return Network(state.parameters, state.recurrent, network.seed), np.concatenate(predictions)


def frozen_state(shape: Shape, network: Network) -> tuple[Learner, LearnerState]:
    """A learner that stands still with the network in it, for diagnostics."""
    method = Method("frozen")
    fresh = _first(shape, method, network.seed)
    state = fresh.replace(parameters=network.parameters, recurrent=network.recurrent)
    return learner(shape, method), state


def moved(before: Network, after: Network) -> tuple[float, float]:
    """The norms of the steps of the recurrent weights and of the readout's."""
    steps = []
    for part, name in (("cell", "recurrent"), ("readout", "weight")):
        one, two = (getattr(network.parameters[part], name) for network in (before, after))
        steps.append(float(np.linalg.norm(np.asarray(two, np.float64) - np.asarray(one))))
    return steps[0], steps[1]


def _cell(shape: Shape, seed: int) -> Any:
    """The cell, which reads a vector."""
    return CELLS[shape.cell](
        EMBEDDING if shape.symbols else shape.features,
        shape.size,
        key=jax.random.key(seed),
        dtype=jnp.dtype(shape.precision),
        **dict(shape.options),
    )


def _read(shape: Shape, cell: Any, seed: int) -> Any:
    """The cell as it reads a sample: symbols by a vector each."""
    if not shape.symbols:
        return cell
    return Embedded(cell, shape.symbols, key=jax.random.fold_in(jax.random.key(seed), 1))


def _leaf(name: str, module: Any) -> Any:
    return getattr(module, name)


def _drawn(random: np.random.Generator, how: str, shape: tuple[int, ...], size: int) -> np.ndarray:
    kind, _, gain = how.partition(" ")
    if kind == "uniform":
        return random.uniform(-1, 1, shape) / np.sqrt(size)
    if kind == "gaussian":
        return float(gain) * random.standard_normal(shape) / np.sqrt(size)
    if kind == "orthogonal":
        left, _, right = np.linalg.svd(random.standard_normal(shape))
        return float(gain) * left @ right
    return {"small": 0.1, "zero": 0.0}[kind] * random.standard_normal(shape)


def _pieces(rows: int) -> Iterator[slice]:
    begin = 0
    while begin < rows:
        length = next(piece for piece in PIECES if piece <= rows - begin)
        yield slice(begin, begin + length)
        begin += length
