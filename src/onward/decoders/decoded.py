"""What came of a study."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from onward.decoders.scored import SessionScore
from onward.recordings import Session


@dataclass
class Decoded:
    """What came of a study.

    Attributes:
        training: the sessions that trained the network.
        sessions: those that were decoded, in order.
        scores: by decoder and then by session, one for each seed; an opponent has one.
        epochs: of the training off line, for each seed, as JSON.
        events: by session, in how many bins something was so, over seeds.
        when: likewise the bins at which it began, of the first seed.
        taught: by session, the labels that the decoder of the first seed was told.
        last: the decoder of the first seed, and its state after the last session.
    """

    training: list[Session]
    sessions: list[Session]
    scores: dict[str, dict[str, list[SessionScore]]] = field(default_factory=dict)
    epochs: list[list[dict[str, Any]]] = field(default_factory=list)
    events: dict[str, dict[str, int]] = field(default_factory=dict)
    when: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    taught: dict[str, np.ndarray] = field(default_factory=dict)
    last: tuple[Any, Any] | None = None

    def add(self, name: str, session: str, score: SessionScore) -> None:
        """One more score."""
        self.scores.setdefault(name, {}).setdefault(session, []).append(score)

    def count(self, session: str, begun: dict[str, list[int]], bins: dict[str, int]) -> None:
        """What has happened in a session of one more seed.

        Args:
            session: its name.
            begun: the bins at which something began.
            bins: in how many it was so.
        """
        self.when.setdefault(session, begun)
        counted = self.events.setdefault(session, {})
        for name, count in bins.items():
            counted[name] = counted.get(name, 0) + count
