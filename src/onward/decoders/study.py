"""Sessions in order: a network is trained on the first, and carried through the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import numpy as np

from onward.decoders.config import DecodeConfig
from onward.decoders.learner import learner_of, pretrained
from onward.decoders.passage import Passage, passed
from onward.decoders.rivals import rivals
from onward.decoders.scored import SessionScore, scored
from onward.mixtures.sessions import transfer
from onward.recordings import RecordingError, Session, matched
from onward.safety.safeguarded import Safeguard, Safeguarded
from onward.training.offline import Epoch

DECODER, SHADOW = "decoder", "frozen"
# Over how long the decoder is compared with its frozen copy, and how much worse it may be: with
# shorter stretches chance alone puts it back now and then.
WATCHED_S, MARGIN = 120.0, 0.02
# What is told of progress: a sentence.
Tell = Callable[[str], None]
# What is done after each session: of the first seed, its name, the decoder, and what it made.
Keep = Callable[[Session, Any, Passage, np.ndarray], None]


@dataclass
class Decoded:
    """What came of it.

    Attributes:
        training: the sessions that trained the network.
        sessions: those that were decoded, in order.
        scores: by decoder and then by session, one for each seed; an opponent has one.
        epochs: of the training off line, for each seed.
        events: by session, in how many bins something was so, over seeds.
        when: likewise the bins at which it began, of the first seed.
    """

    training: list[Session]
    sessions: list[Session]
    scores: dict[str, dict[str, list[SessionScore]]] = field(default_factory=dict)
    epochs: list[list[Epoch]] = field(default_factory=list)
    events: dict[str, dict[str, int]] = field(default_factory=dict)
    when: dict[str, dict[str, list[int]]] = field(default_factory=dict)

    def add(self, name: str, session: Session, score: SessionScore) -> None:
        """One more score."""
        self.scores.setdefault(name, {}).setdefault(session.name, []).append(score)


def decode(
    sessions: Sequence[Session],
    config: DecodeConfig,
    tell: Tell = lambda words: None,
    keep: Keep | None = None,
) -> Decoded:
    """Train a network on the first sessions, carry it through the others, and score each.

    Args:
        sessions: in order of time; their channels are matched by label to those of the first.
        config: what is asked for.
        tell: is told what is being done.
        keep: called after each session of the first seed, with the predictions of the frozen copy.

    Raises:
        RecordingError: no session is left to decode, or they have no channel in common.
        ValueError: parts that do not fit each other, or nothing to learn from.
    """
    sessions = matched(sessions)
    if len(sessions) <= config.train:
        raise RecordingError(
            f"Expected more sessions than the {config.train} that train; got {len(sessions)}. Try "
            "--train 1, or more files."
        )
    found = Decoded(sessions[: config.train], sessions[config.train :])
    for seed in range(config.seed, config.seed + config.seeds):
        tell(f"seed {seed}: training on {', '.join(one.name for one in found.training)}")
        _carry(found, config, seed, tell, keep if seed == config.seed else None)
    given = config.opponents, found.training, found.sessions, config.labels
    for name, how, session, score in rivals(*given):
        tell(f"{name}, {how}: {session.name}")
        found.add(f"{name}, {how}", session, score)
    return found


def _carry(found: Decoded, config: DecodeConfig, seed: int, tell: Tell, keep: Keep | None) -> None:
    """One network through all sessions, and its frozen copy."""
    first = found.training[0]
    learner = learner_of(config, len(first.channels), first.targets.shape[1], seed)
    state, epochs = pretrained(config, learner, found.training, seed)
    found.epochs.append(epochs)
    still = learner_of(replace(config, adapt=False), learner.features, learner.targets, seed)
    frozen = trained = transfer(state, learner, still, jax.random.key(seed))
    decoder: Any = learner
    if config.adapt and config.safeguard:
        decoder = Safeguarded(learner, Safeguard(round(WATCHED_S / first.bin_s), MARGIN))
        state = decoder.begin(state)
    start = state
    for session in found.sessions:
        made = passed(decoder, state if config.carry else start, session, config.labels)
        beside = passed(still, frozen if config.carry else trained, session, config.labels)
        state, frozen = made.state, beside.state
        score = scored(session, made.held_out, made.predictions)
        found.add(DECODER, session, score)
        found.add(SHADOW, session, scored(session, beside.held_out, beside.predictions))
        _count(found, session, decoder, made)
        tell(f"seed {seed}: {session.name}, F20 {shown(score.f20.mean)}")
        if keep is not None:
            keep(session, decoder, made, beside.predictions)


def _count(found: Decoded, session: Session, decoder: Any, made: Passage) -> None:
    told = found.events.setdefault(session.name, {})
    for name, happened in zip(decoder.reports, made.events.T, strict=True):
        told[name] = told.get(name, 0) + int(np.nansum(happened))
        begun = np.flatnonzero(np.diff(np.nan_to_num(happened), prepend=0) > 0)
        found.when.setdefault(session.name, {}).setdefault(name, begun.tolist())


def shown(score: float | None) -> str:
    """A score in words."""
    return "none" if score is None else f"{score:.3f}"
