"""What lying labels and dying channels do to a decoder, alone and beside its frozen copy.

By hand: `python benchmarks/decoding/harm.py [--sessions N] [--seed N]`. The wrist sessions come
from the folder that `ONWARD_DATA` names, or from `../shared/data`. Three days of July train the
network; each later session begins from there, and is harmed from its middle on. R² is that of the
true labels.
"""

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import jax
import numpy as np

import onward
from onward.decoders import DecodeConfig, learner_of, passed, pretrained
from onward.decoders.study import MARGIN, WATCHED_S
from onward.decoding.scores import r2
from onward.recordings import Session, matched, read_sessions
from onward.safety.balance import Safeguard
from onward.safety.safeguarded import Safeguarded

HERE = Path(__file__).resolve().parents[2]
REACH, BIN_S, MINUTE = 14.0, 0.05, 1_200
STRONGEST = 10
Harm = Callable[[Session, slice], Session]


def turned(session: Session, minute: slice) -> Session:
    labels = session.targets.copy()
    labels[minute] *= -1
    return replace(session, targets=labels)


def exchanged(session: Session, minute: slice) -> Session:
    labels = session.targets.copy()
    labels[minute] = labels[minute, ::-1]
    return replace(session, targets=labels)


def shuffled(session: Session, minute: slice) -> Session:
    labels = session.targets.copy()
    labels[minute] = np.random.default_rng(0).permutation(labels[minute])
    return replace(session, targets=labels)


def noisy(session: Session, minute: slice) -> Session:
    noise = np.random.default_rng(0).standard_normal(session.targets.shape, np.float32)
    noise[: minute.start] = 0
    spread = np.nanstd(session.targets, axis=0)
    return replace(session, targets=session.targets + 2 * spread * noise)


def dying(session: Session, minute: slice) -> Session:
    counts = session.counts.copy()
    strongest = np.argsort(-np.nanmean(counts, axis=0))[:STRONGEST]
    counts[minute.start :, strongest] = 0
    return replace(session, counts=counts)


def silent(session: Session, minute: slice) -> Session:
    counts = session.counts.copy()
    counts[minute] = 0
    return replace(session, counts=counts)


HARMS: dict[str, Harm] = {
    "nothing": lambda session, minute: session,
    "labels turned, 60 s": turned,
    "axes exchanged, 60 s": exchanged,
    "labels shuffled, 60 s": shuffled,
    "label noise of 2 sd": noisy,
    "10 channels dead": dying,
    "all silent, 60 s": silent,
}


def main(count: int, seed: int) -> None:
    folder = Path(os.environ.get("ONWARD_DATA", HERE.parent / "shared" / "data"))
    files = sorted((folder / "limb_wrist_spike").glob("*.npz"))
    kept = [str(path) for path in files if path.stem != "20120720"]
    sessions = matched(read_sessions(kept, beyond=REACH))
    config = DecodeConfig()
    training, later = sessions[: config.train], sessions[config.train :][:count]
    shape = len(training[0].channels), training[0].targets.shape[1]
    learner = learner_of(config, *shape, seed)
    state, _ = pretrained(config, learner, training, seed)
    still = learner_of(replace(config, adapt=False), *shape, seed)
    frozen = onward.transfer(state, learner, still, jax.random.key(seed))
    watched = Safeguarded(learner, Safeguard(round(WATCHED_S / BIN_S), MARGIN))
    begun = watched.begin(state)
    print(f"Load {os.getloadavg()[0]:.1f}. R² before, in the minute, in the next, and in the rest;")
    print("seconds from the harm to the copy's taking over, and to the learner's return.")
    for session in later:
        minute = slice(len(session) // 2, len(session) // 2 + MINUTE)
        ends = (0, minute.start, minute.stop, minute.stop + MINUTE, len(session))
        for name, harm in HARMS.items():
            harmed = harm(session, minute)
            passages = {
                "frozen": passed(still, frozen, harmed),
                "alone": passed(learner, state, harmed, config.labels),
                "safeguarded": passed(watched, begun, harmed, config.labels),
            }
            for how, made in passages.items():
                pieces = [slice(*each) for each in pairwise(ends)]
                scores = [
                    r2(session.targets[rows], made.predictions[rows], session.scored[rows]).mean
                    for rows in pieces
                ]
                shown = "".join(f"{one:>8.3f}" for one in scores if one is not None)
                if how == "safeguarded":
                    change = np.diff(made.events[:, 0], prepend=0)
                    for flag, word in ((1, "copy"), (-1, "back")):
                        when = (np.flatnonzero(change == flag) - minute.start) * BIN_S
                        shown += "".join(f"  {word} {second:.0f}" for second in when)
                print(f"{session.name}  {name:22} {how:12}{shown}", flush=True)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sessions", type=int, default=2)
    asked.add_argument("--seed", type=int, default=0)
    given = asked.parse_args()
    main(given.sessions, given.seed)
