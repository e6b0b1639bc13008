"""A family of protocols of one kind of claim, and how one of them is run."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

import numpy as np

from papers.multiverse.draw import Draw
from papers.multiverse.factors import (
    INPUTS,
    OPTIMIZER,
    PLAIN,
    PLASTIC,
    PRE_RATE,
    PRECISION,
    PRETRAINING,
    RATE,
    READOUT,
    SCORE,
    SIZE,
    WEIGHTS,
)
from papers.multiverse.network import Network, Shape, follow, start
from papers.multiverse.space import Protocol, Space
from papers.setting import FROZEN, Method
from papers.tasks.base import Phase

# Units of every network of a quick run, and the rows that it cuts its stretches to, at least: few
# programs serve all its protocols.
QUICK, PIECE = 8, 100
# Rows on which what was learnt is scored afterwards.
AFTERWARDS = 300
# Whose step is as long as the gradient: they take their own multiple of the rate.
PLAIN_OPTIMIZERS = ("sgd", "momentum")


class Stretches(NamedTuple):
    """What a network meets: before the shift, after it while it adapts, and after that."""

    before: Phase
    after: Phase
    later: Phase


@dataclass(frozen=True)
class AbstractWorld:
    """A space of protocols, and the methods that are run under each.

    A new world is a frozen dataclass in a file of its own in `worlds/`, named in its `__init__`.

    Attributes:
        draws: protocols that are drawn.
        seeds: networks a draw.
        factor: divides sizes and stretches; 1 is the full scale.
    """

    name: ClassVar[str]
    # Raised when numbers would change under the same protocol.
    version: ClassVar[int] = 1
    draws: int = 220
    seeds: int = 5
    factor: int = 1

    @property
    @abstractmethod
    def space(self) -> Space:
        """What is not known of the protocol."""

    @property
    @abstractmethod
    def points(self) -> Mapping[str, Protocol]:
        """Protocols that have a name, as far as they differ from each factor's first value."""

    @abstractmethod
    def measure(self, protocol: Protocol, name: str) -> Draw:
        """Run every method under a protocol."""

    def cost(self, protocol: Protocol) -> float:
        """Seconds of a draw, roughly."""
        return 1.0

    def missing(self) -> str | None:
        """What cannot be found that the world is made of; None where all is there."""
        return None

    def protocols(self) -> dict[str, Protocol]:
        """Every draw and every named point, by name."""
        drawn = {f"{index:04d}": self.space.draw(index) for index in range(self.draws)}
        return drawn | {name: self.space.point(values) for name, values in self.points.items()}

    def rows(self, samples: int) -> int:
        """How long a stretch of so many samples is at this scale, in whole pieces."""
        return samples if self.factor == 1 else max(PIECE, samples // self.factor // PIECE * PIECE)

    def shrunk(self, factor: int) -> "AbstractWorld":
        """For quick runs."""
        return replace(self, factor=factor, draws=8, seeds=2)

    def as_dict(self) -> dict[str, Any]:
        """Plain data that says all that the numbers depend on."""
        return {
            "world": self.name,
            "version": self.version,
            "draws": self.draws,
            "seeds": self.seeds,
            "factor": self.factor,
            "space": self.space.as_dict(),
            "points": {name: dict(point) for name, point in self.points.items()},
        }


@dataclass(frozen=True)
class AdaptationWorld(AbstractWorld):
    """Networks that are pre-trained, meet a shift, adapt, and are scored."""

    methods: ClassVar[tuple[Method, ...]]
    cell: ClassVar[str] = "rnn"

    @abstractmethod
    def stretches(self, protocol: Protocol, seed: int) -> Stretches:
        """The samples of a seed."""

    def shape(self, protocol: Protocol, stretches: Stretches) -> Shape:
        """The network that reads them."""
        size = protocol[SIZE] if self.factor == 1 else QUICK
        features, targets = stretches.after.x.shape[1], stretches.after.y.shape[1]
        return Shape(self.cell, size, features, targets, protocol.get(PRECISION, "float32"))

    def tried(self, protocol: Protocol) -> tuple[Method, ...]:
        """The methods that are run under a protocol."""
        return self.methods

    def error(self, prediction: np.ndarray, y: np.ndarray) -> float:
        """Of the rows with labels; lower is better."""
        known = np.isfinite(y).all(axis=1)
        return float(np.mean((prediction[known].astype(np.float64) - y[known]) ** 2))

    def numbers(
        self, protocol: Protocol, shape: Shape, network: Network, stretches: Stretches
    ) -> Mapping[str, float]:
        """What else is measured of a network at the moment of the shift."""
        return {}

    def after_learning(
        self,
        shape: Shape,
        method: Method,
        before: Network,
        after: Network,
        stretches: Stretches,
    ) -> Mapping[str, float]:
        """What else is measured of what a method has come to."""
        return {}

    def measure(self, protocol: Protocol, name: str) -> Draw:
        met = [self.stretches(protocol, seed) for seed in range(self.seeds)]
        shape = self.shape(protocol, met[0])
        networks = []
        for seed, stretches in enumerate(met):
            network, trained = self.pretrained(protocol, shape, stretches, seed)
            if not trained:
                why = f"seed {seed}: the pre-training learnt nothing, or diverged"
                return Draw(name, protocol, hopeless=why)
            networks.append(network)
        methods = self.tried(protocol)
        errors = {method.name: np.full(self.seeds, np.inf) for method in methods}
        numbers: dict[str, np.ndarray] = {}
        for seed, (network, stretches) in enumerate(zip(networks, met, strict=True)):
            found = dict(self.numbers(protocol, shape, network, stretches))
            for method in methods:
                end, error = self.scored(protocol, shape, method, network, stretches)
                errors[method.name][seed] = error
                more = self.after_learning(shape, method, network, end, stretches)
                found |= {f"{key}, {method.name}": value for key, value in more.items()}
            for key, value in found.items():
                numbers.setdefault(key, np.full(self.seeds, np.inf))[seed] = value
        return Draw(name, protocol, errors, numbers)

    def pretrained(
        self, protocol: Protocol, shape: Shape, stretches: Stretches, seed: int
    ) -> tuple[Network, bool]:
        """A network at the moment of the shift, and whether it is better there than a constant."""
        weights, inputs = protocol.get(WEIGHTS, "own"), protocol.get(INPUTS, "own")
        network = start(shape, weights, inputs, protocol[READOUT], seed)
        if not len(stretches.before.x):
            return network, True
        method = Method(protocol[PRETRAINING], protocol[OPTIMIZER])
        rate = protocol[PRE_RATE]
        network, predicted = follow(shape, method, network, (rate, rate), stretches.before)
        last = slice(-max(1, len(predicted) // 5), None)
        y = stretches.before.y[last]
        constant = np.broadcast_to(np.nanmean(stretches.before.y, axis=0), y.shape)
        with np.errstate(over="ignore", invalid="ignore"):
            trained = self.error(predicted[last], y) < self.error(constant, y)
        return network, bool(trained)

    def scored(
        self,
        protocol: Protocol,
        shape: Shape,
        method: Method,
        network: Network,
        stretches: Stretches,
    ) -> tuple[Network, float]:
        """Where a method gets to, and its error by the protocol's score; infinite where it
        diverged."""
        rates = self.rates(protocol, method)
        end, predicted = follow(shape, method, network, rates, stretches.after)
        y = stretches.after.y
        if protocol[SCORE] == "frozen afterwards":
            still = FROZEN if method.rule != "frozen" else method
            _, predicted = follow(shape, still, end, (0.0, 0.0), stretches.later)
            y = stretches.later.y
        third = len(y) // 3
        rows = {"first third": slice(third), "last third": slice(len(y) - third, None)}
        part = rows.get(protocol[SCORE], slice(None))
        with np.errstate(over="ignore", invalid="ignore"):
            error = self.error(predicted[part], y[part])
        return end, error if np.isfinite(error) else np.inf

    def rates(self, protocol: Protocol, method: Method) -> tuple[float, float]:
        """Learning rates of the cell and of the readout."""
        rate = protocol[RATE]
        if method.optimizer in PLAIN_OPTIMIZERS:
            rate *= protocol.get(PLAIN, 1)
        if method.rule == "readout-only":
            return 0.0, rate
        return rate, rate if protocol[PLASTIC] == "all" else 0.0
