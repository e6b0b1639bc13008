"""What a decoder is asked to be."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from onward._checks import check_integer, check_sizes, is_real
from onward._names import CELLS, OPTIMIZERS, RULES
from onward.decoders.guarding import parse_guards
from onward.decoders.labels import Labels
from onward.decoding.opponents import OPPONENTS
from onward.training.segments import Segments

Moments = Literal["session", "all-time"]


@dataclass(frozen=True)
class DecodeConfig:
    """How sessions are decoded.

    Attributes:
        train: the first sessions, which train the network off line.
        labels: when labels are told in the sessions after these.
        adapt: whether the decoder learns from them.
        carry: whether it goes on from session to session; else each begins from the training.
        cell: a name of `onward info`.
        hidden: its units.
        rule: a name of `onward info`.
        every: bins of a block, whose end moves the weights; 1 for an update a bin.
        optimizer: a name of `onward.OPTIMIZERS`.
        learning_rate: None for 5e-4 in blocks, and 1e-4 at every bin.
        moments: "session": the scale of inputs begins a session from that of the session before;
            "all-time": it weighs all bins so far alike.
        prior_strength: of the session before, in bins.
        safeguard: whether a frozen copy takes over while learning does harm.
        guards: what else is watched, and what is done then, as "default" or "loss=roll back+lower"
            (see `onward.Guards`); None for nothing.
        pretrain: whether the network is trained off line; else it passes over the training
            sessions online.
        segments: of the training off line.
        seeds: networks, each with weights of its own.
        seed: of the first.
        opponents: names of `onward.decoding.opponents.OPPONENTS`.
    """

    train: int = 3
    labels: Labels = field(default_factory=Labels)
    adapt: bool = True
    carry: bool = True
    cell: str = "gru"
    hidden: int = 64
    rule: str = "bptt"
    every: int = 10
    optimizer: str = "rmsprop-corrected"
    learning_rate: float | None = None
    moments: Moments = "session"
    prior_strength: float = 600.0
    safeguard: bool = True
    guards: str | None = None
    pretrain: bool = True
    segments: Segments = field(default_factory=Segments)
    seeds: int = 1
    seed: int = 0
    opponents: tuple[str, ...] = ("ridge", "wiener", "kalman", "last-label")

    def __post_init__(self):
        check_integer("train", self.train, least=1, example=3)
        check_integer("every", self.every, least=1, example=10)
        check_integer("seeds", self.seeds, least=1, example=3)
        check_integer("seed", self.seed, least=0, example=0)
        check_sizes(hidden=self.hidden)
        for name, known in (("cell", CELLS), ("rule", RULES), ("optimizer", OPTIMIZERS)):
            _refuse_unknown(name, getattr(self, name), tuple(known))
        _refuse_unknown("moments", self.moments, get_args(Moments))
        for name in self.opponents:
            _refuse_unknown("opponents", name, tuple(OPPONENTS))
        if self.guards is not None:
            parse_guards(self.guards)
        rate = self.learning_rate
        if rate is not None and not (is_real(rate) and rate > 0):
            raise ValueError(f"Expected learning_rate > 0; got {rate!r}. Try 5e-4.")

    @property
    def rate(self) -> float:
        """The learning rate in use."""
        if self.learning_rate is not None:
            return self.learning_rate
        return 5e-4 if self.every > 1 else 1e-4


def _refuse_unknown(name: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise ValueError(
            f"Expected {name} to be one of {', '.join(known)}; got {given!r}. Try {known[0]!r}."
        )
