"""Sessions in order: a network is trained on the first, and carried through the others."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

import jax
import numpy as np

from onward.decoders.config import DecodeConfig
from onward.decoders.decoded import Decoded
from onward.decoders.folder import DecodeFolder, Pair, scores_as_json
from onward.decoders.guarding import parse_guards
from onward.decoders.learner import learner_of, pretrained
from onward.decoders.passage import Passage, events_of, passed
from onward.decoders.results import plain
from onward.decoders.rivals import rival
from onward.decoders.score import SessionScore, scored
from onward.decoders.splitting import split
from onward.learning.state import LearnerState
from onward.mixtures.sessions import transfer
from onward.recordings import Session
from onward.safety.around import Around
from onward.safety.balance import Safeguard
from onward.safety.guarded import Guarded
from onward.safety.guards import Guards
from onward.safety.safeguarded import Safeguarded

DECODER, SHADOW = "decoder", "frozen"
# Over how long the decoder is compared with its frozen copy, and how much worse it may be: with
# shorter stretches chance alone puts it back now and then.
WATCHED_S, MARGIN = 120.0, 0.02
# What is told of progress: a sentence. It may raise to stop: what is done has been kept by then.
Tell = Callable[[str], None]


def decode(
    sessions: Sequence[Session],
    config: DecodeConfig,
    tell: Tell = lambda words: None,
    folder: DecodeFolder | None = None,
) -> Decoded:
    """Train a network on the first sessions, carry it through the others, and score each.

    Its frozen copy goes along: the weights of the training, scales that follow the counts, and no
    label.

    Args:
        sessions: in order of time; their channels are matched by label to those of the first.
        config: what is asked for.
        tell: is told what is being done.
        folder: where all that is done is kept, and from where a study goes on.

    Raises:
        RecordingError: as `split` does; or what is in the folder cannot be gone on with.
        ValueError: parts that do not fit each other, or nothing to learn from.
    """
    found = Decoded(*split(sessions, config))
    for seed in range(config.seed, config.seed + config.seeds):
        _Seed(found, config, seed, tell, folder).carry()
    for name in config.opponents:
        _rival(found, config, name, tell, folder)
    return found


class _Seed:
    """One network through all sessions, and its frozen copy."""

    def __init__(
        self,
        found: Decoded,
        config: DecodeConfig,
        seed: int,
        tell: Tell,
        folder: DecodeFolder | None,
    ):
        self.found, self.config, self.seed = found, config, seed
        self.tell, self.folder = tell, folder
        self.first = seed == config.seed
        session = found.training[0]
        shape = len(session.channels), session.targets.shape[1]
        self.learner = learner_of(config, *shape, seed)
        still = learner_of(replace(config, adapt=False), *shape, seed)
        decoder: Any = self.learner
        if config.adapt and config.guards is not None:
            decoder = Guarded(decoder, Guards(**parse_guards(config.guards)))
        if config.adapt and config.safeguard:
            watch = Safeguard(max(1, round(WATCHED_S / session.bin_s)), MARGIN)
            decoder = Safeguarded(decoder, watch)
        self.made = Pair(decoder, still)

    def carry(self) -> None:
        """Go through the sessions that have not been gone through yet."""
        kept = self.folder and self.folder.progress.done["seeds"].get(str(self.seed))
        if kept and self.folder:
            entries, epochs = kept["sessions"], kept["epochs"]
            start = states = self.folder.states(self.seed, kept["start"])
            if entries:
                states = self.folder.states(self.seed, entries[-1]["at"])
        else:
            entries, (start, epochs) = [], self._trained()
            states = start
        self.found.epochs.append(epochs)
        for session, entry in zip(self.found.sessions, entries, strict=False):
            self._note(session, entry)
            if self.first and self.folder:
                self.found.taught[session.name] = self.folder.labels(session)
        for session in self.found.sessions[len(entries) :]:
            states = self._through(session, states if self.config.carry else start)
        if self.first:
            self.found.last = self.made.decoder, states.decoder

    def _trained(self) -> tuple[Pair, list[dict[str, Any]]]:
        names = ", ".join(one.name for one in self.found.training)
        self.tell(f"seed {self.seed}: training on {names}")
        state, epochs = pretrained(
            self.config,
            self.learner,
            self.found.training,
            self.seed,
            lambda epoch: self.tell(f"seed {self.seed}: training, epoch {epoch.number}"),
        )
        frozen = transfer(state, self.learner, self.made.frozen, jax.random.key(self.seed))
        states = Pair(begun(self.made.decoder, state), frozen)
        if self.folder is not None:
            self.folder.begin(self.seed, self.made, states, epochs)
        return states, plain([epoch._asdict() for epoch in epochs])

    def _through(self, session: Session, states: Pair) -> Pair:
        made = passed(self.made.decoder, states.decoder, session, self.config.labels)
        beside = passed(self.made.frozen, states.frozen, session)
        states = Pair(made.state, beside.state)
        score = scored(session, made.held_out, made.predictions)
        shadow = scored(session, beside.held_out, beside.predictions)
        happened = _happened(events_of(self.made.decoder), made)
        entry = plain({"scores": [asdict(score), asdict(shadow)], **happened})
        self._note(session, entry)
        if self.first:
            self.found.taught[session.name] = made.labels
        if self.folder is not None:
            if self.first:
                self.folder.write_predictions(session, made, beside.predictions)
            self.folder.keep(self.seed, session, self.made, states, entry)
        self.tell(f"seed {self.seed}: {session.name}, F20 {shown(score.f20.mean)}")
        return states

    def _note(self, session: Session, entry: dict[str, Any]) -> None:
        for name, fields in zip((DECODER, SHADOW), entry["scores"], strict=True):
            self.found.add(name, session.name, SessionScore.of(fields))
        self.found.count(session.name, entry["when"], entry["bins"])


def begun(decoder: Any, state: LearnerState) -> LearnerState:
    """The state of a learner, or of what is around it.

    Args:
        decoder: a `Learner`, or what is around one.
        state: of that learner.
    """
    return decoder.begin(begun(decoder.learner, state)) if isinstance(decoder, Around) else state


def _happened(told: Sequence[str], made: Passage) -> dict[str, dict[str, Any]]:
    """At which bins each event began, and in how many bins it was so."""
    columns = dict(zip(told, made.events.T > 0, strict=True))
    return {
        "when": {
            name: np.flatnonzero(np.diff(column.astype(int), prepend=0) > 0)
            for name, column in columns.items()
        },
        "bins": {name: int(column.sum()) for name, column in columns.items()},
    }


def _rival(
    found: Decoded, config: DecodeConfig, name: str, tell: Tell, folder: DecodeFolder | None
) -> None:
    done = {} if folder is None else folder.progress.done["opponents"]
    if name not in done:
        tell(f"opponent: {name}")
        scores = rival(name, found.training, found.sessions, config.labels, found.taught)
        done[name] = scores_as_json(scores)
        if folder is not None:
            folder.progress.write()
    for how, by_session in done[name].items():
        for session, fields in by_session.items():
            found.add(f"{name}, {how}", session, SessionScore.of(fields))


def shown(score: float | None) -> str:
    """A score in words."""
    return "none" if score is None else f"{score:.3f}"
