"""The network of a decoder: how it is made, what it reads, how it is trained off line."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from onward import cells, rules
from onward._names import CELLS, RULES
from onward.decoders.config import DecodeConfig
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.state import LearnerState
from onward.mixtures.sessions import begin_session, transfer
from onward.readouts import Linear
from onward.recordings import Session
from onward.scales import RunningMoments, SessionMoments
from onward.training.offline import Epoch, pretrain_sessions


def learner_of(config: DecodeConfig, channels: int, targets: int, seed: int) -> Learner:
    """The network that a configuration asks for.

    Args:
        config: what is asked for.
        channels: in a bin.
        targets: numbers to decode.
        seed: draws the weights.

    Raises:
        ValueError: parts that do not fit each other.
    """
    cell = getattr(cells, CELLS[config.cell])
    rule = getattr(rules, RULES[config.rule])()
    blocks = config.every if config.adapt else 1
    session = SessionMoments(config.prior_strength)
    return Learner(
        cell(channels, config.hidden, key=jax.random.key(seed)),
        targets,
        rule=rule if config.adapt else rules.Frozen(),
        optimizer=config.optimizer,
        learning_rate=config.rate,
        readout=_readout,
        delay=config.labels.delay,
        every=blocks,
        scale={
            "inputs": session if config.moments == "session" else RunningMoments(),
            "targets": RunningMoments(),
        },
    )


def _readout(emitted: int, outputs: int, *, direct: int, dtype: Any) -> Linear:
    # A single bin says little: without a path around the cell decoders are a little better.
    del direct
    return Linear(emitted, outputs, dtype=dtype)


def observed(session: Session) -> Observation:
    """What a network is shown of a session: square roots of counts, labels beside their bins.

    Labels of rows that are not scored are not shown.

    Args:
        session: to be decoded.
    """
    y = np.where(session.scored[:, None], session.targets, np.float32(np.nan))
    return Observation(np.sqrt(session.counts), y, None, session.start)


def pretrained(
    config: DecodeConfig,
    learner: Learner,
    sessions: Sequence[Session],
    seed: int,
    progress: Callable[[Epoch], None] | None = None,
) -> tuple[LearnerState, list[Epoch]]:
    """The state after the training sessions, and what came of each epoch.

    Args:
        config: whether they train it off line, or are passed over once online.
        learner: to be trained.
        sessions: in order of time.
        seed: of what is drawn.
        progress: called after each epoch.

    Raises:
        ValueError: nothing to learn from.
    """
    key = jax.random.key(seed)
    # These sessions are over, so that none of their labels is late.
    prompt = learner.replace(delay=0)
    state, shown = prompt.init(key), [observed(session) for session in sessions]
    epochs: list[Epoch] = []
    if config.pretrain:
        state, epochs = pretrain_sessions(prompt, state, shown, key, config.segments, progress)
    else:
        for each in shown:
            state, _ = prompt.run(begin_session(prompt, state), each)
    return transfer(state, prompt, learner, key) if learner.parts.delay else state, epochs


def late(seen: Observation, delay: int) -> Observation:
    """The same with labels in order of arrival."""
    if not delay:
        return seen
    nothing = np.full_like(seen.y[:delay], np.nan)
    return seen._replace(y=np.concatenate([nothing, seen.y])[: len(seen.y)])
