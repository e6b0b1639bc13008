"""A decoder whose channels change at one moment: how soon it is what it was before.

By hand: `python benchmarks/decoding/instability.py [--seeds N] [--only NAME ...]`. The recording
comes from the folder that `ONWARD_DATA` names, or from `../shared/data`. Labels, the unit vector
from the cursor to the target, come after each trial: within one they do not change, so that a
decoder that was told them at every bin would have nothing to decode.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import jax
import numpy as np

import onward
from onward.decoders import DecodeConfig, Labels, learner_of, passed, pretrained
from onward.decoders.study import MARGIN, WATCHED_S
from onward.decoding.opponents import RLS, AbstractOpponent, LastLabel, Ridge, Rows, Stabilizer
from onward.decoding.scores import r2
from onward.recordings import Session
from onward.safety.balance import Safeguard
from onward.safety.safeguarded import Safeguarded

Kind = TypeVar("Kind", bound=AbstractOpponent)
HERE = Path(__file__).resolve().parents[2]
# The cursor may move from this bin of a trial on.
FIRST_BIN, BIN_S = 7, 0.045
CONFIG = DecodeConfig(train=1, labels=Labels("after-trial"))
LAGS = 5
# Rows after which the factors are turned anew, and of how many they are made.
TURNED, SEEN = 450, 1_350
WINDOWS_S, REGAINED = (60.0, 30.0), 0.9
# What knows the rows that it predicts; what it is worth before the change says nothing.
KNOWING = "trained on the change"
PIECE_S, PIECES = 30.0, 10
SHOWN = {
    "before": "baselineEvaluation",
    "onset": "stabilizationPerturbation",
    "stabilised": "stabilization",
    "evaluated": "stabilizationEvaluation",
    "not": "perturbationEvaluation",
    "after": "baselineEvaluation",
}


def recording() -> tuple[Session, Session, list[tuple[str, int, int]]]:
    """The calibration, all that comes after it as one session, and the phases of the latter."""
    folder = Path(os.environ.get("ONWARD_DATA", HERE.parent / "shared" / "data"))
    with np.load(folder / "bci_instability_20160325" / "session.npz") as file:
        kept = {name: file[name] for name in file.files}
    counts = kept["counts"].astype(np.float32)
    changed = counts[:, kept["perturb_source_channel"].astype(int) - 1] + kept["perturb_offset"]
    changed[:, kept["perturb_silenced"]] = 0
    # An offset below 0 makes counts that no decoder of counts would let in.
    seen = np.where(kept["perturbed"][:, None], np.maximum(changed, 0), counts)
    way = kept["target"] - kept["cursor_start"]
    length = np.linalg.norm(way, axis=1, keepdims=True)
    trial = kept["trial"].astype(np.int64)
    whole = Session(
        name="2016-03-25",
        counts=seen[:, kept["base_channels"].astype(int) - 1],
        targets=way / np.where(length > 0, length, np.nan),
        channels=tuple(str(channel) for channel in kept["base_channels"]),
        target_names=("direction x", "direction y"),
        bin_s=BIN_S,
        start=np.append(True, np.diff(trial) != 0),
        scored=kept["bin_in_trial"] >= FIRST_BIN,
        trial=trial,
    )
    edges = np.flatnonzero(np.diff(kept["phase"].astype(int), prepend=-1, append=-1))
    names = [str(kept["phase_names"][kept["phase"][first]]) for first in edges[:-1]]
    assert names == ["gradualTrain", *SHOWN.values()]
    first = int(edges[1])
    phases = zip(SHOWN, pairwise((edges[1:] - first).tolist()), strict=True)
    named = [(name, *rows) for name, rows in phases]
    return whole.rows(slice(0, first)), whole.rows(slice(first, len(whole))), named


def networks(
    training: Session, session: Session, perturbed: slice, seed: int
) -> Iterator[tuple[str, Callable[[], np.ndarray]]]:
    """What predicts by a network, by name."""
    channels = len(session.channels)

    def trained(on: Session) -> tuple[onward.Learner, onward.LearnerState]:
        learner = learner_of(CONFIG, channels, 2, seed)
        return learner, pretrained(CONFIG, learner, [on], seed)[0]

    def frozen(on: Session) -> np.ndarray:
        learner, state = trained(on)
        still = learner_of(replace(CONFIG, adapt=False), channels, 2, seed)
        state = onward.transfer(state, learner, still, jax.random.key(seed))
        return passed(still, state, session).predictions

    def adapting(config: DecodeConfig, guarded: bool) -> np.ndarray:
        learner, state = trained(training)
        other = learner_of(config, channels, 2, seed)
        state = onward.transfer(state, learner, other, jax.random.key(seed))
        if not guarded:
            return passed(other, state, session, CONFIG.labels).predictions
        decoder = Safeguarded(other, Safeguard(round(WATCHED_S / BIN_S), MARGIN))
        made = passed(decoder, decoder.begin(state), session, CONFIG.labels)
        put_back = int(np.nansum(made.events[:, 1]))
        if put_back:
            print(f"  put back {put_back} times, copy in use {np.nansum(made.events[:, 0]):.0f}")
        return made.predictions

    yield "network", lambda: adapting(CONFIG, True)
    yield "no safeguard", lambda: adapting(CONFIG, False)
    for every, rate in ((25, 5e-4), (25, 1e-3), (10, 1e-3)):
        changed = replace(CONFIG, every=every, learning_rate=rate)
        yield (
            f"every {every}, {rate:g}",
            lambda changed=changed: adapting(changed, False),
        )
    by_bin = replace(CONFIG, every=1, rule="eprop", learning_rate=None)
    yield "e-prop", lambda: adapting(by_bin, False)
    yield "frozen copy", lambda: frozen(training)
    yield KNOWING, lambda: frozen(session.rows(perturbed))


def opponents(
    training: Session, session: Session
) -> Iterator[tuple[str, Callable[[], np.ndarray]]]:
    """What predicts without a network, by name."""
    before, rows = (
        Rows(one.counts, one.targets, one.start, one.scored) for one in (training, session)
    )

    def fitted(opponent: Kind) -> Kind:
        opponent.fit([before])
        return opponent

    def turned() -> np.ndarray:
        opponent, made = fitted(Stabilizer(lags=LAGS)), []
        for first in range(0, len(rows), TURNED):
            if first >= SEEN:
                opponent.renew(rows.cut(slice(first - SEEN, first)))
            piece = rows.cut(slice(first, first + TURNED))
            made.append(opponent.predict(piece.counts, piece.start))
        return np.concatenate(made)

    told = CONFIG.labels.told(session)
    yield "ridge, frozen", lambda: fitted(Ridge(LAGS)).predict(rows.counts, rows.start)
    yield "aligned factors", turned
    yield "RLS", lambda: fitted(RLS(LAGS)).observe(rows, told)
    yield "last label", lambda: fitted(LastLabel()).observe(rows, told)


def score(session: Session, made: np.ndarray, first: int, end: int) -> float:
    """R² from one row to another; NaN where nothing varies."""
    rows = slice(first, end)
    found = r2(session.targets[rows], made[rows], session.scored[rows]).mean
    return np.nan if found is None else found


def regained(session: Session, made: np.ndarray, least: float, rows: range, window_s: float) -> str:
    """Seconds from the first of some rows to the end of the first window whose R² is enough."""
    window = round(window_s / BIN_S)
    for end in range(rows.start + window, rows.stop, round(1 / BIN_S)):
        if score(session, made, end - window, end) >= least > 0:
            return f"{(end - rows.start) * BIN_S:.0f}"
    return "never"


def main(seeds: int, only: list[str]) -> None:
    training, session, phases = recording()
    spans = {name: (first, end) for name, first, end in phases}
    rows = range(spans["onset"][0], spans["evaluated"][1])
    print(f"Load {os.getloadavg()[0]:.1f}. R² of the direction to the target, labels after trials.")
    heads = [*spans, *(f"in {window:g} s" for window in WINDOWS_S), "CPU s"]
    print(f"{'':28}" + "".join(f"{head:>11}" for head in heads))
    tried = [
        (seed, name, run)
        for seed in range(seeds)
        for name, run in networks(training, session, slice(rows.start, rows.stop), seed)
    ]
    tried += [(None, name, run) for name, run in opponents(training, session)]
    curves, before = {}, np.nan
    for seed, name, run in tried:
        if only and name not in only:
            continue
        shown = name if seed is None else f"{name}, seed {seed}"
        began = time.process_time()
        made = run()
        took = time.process_time() - began
        scores = [score(session, made, *span) for span in spans.values()]
        before = before if name == KNOWING else scores[0]
        columns = [f"{one:.3f}" for one in scores]
        columns += [
            regained(session, made, REGAINED * before, rows, window) for window in WINDOWS_S
        ]
        columns.append(f"{took:.0f}")
        print(f"{shown:28}" + "".join(f"{column:>11}" for column in columns), flush=True)
        piece = round(PIECE_S / BIN_S)
        firsts = range(rows.start, rows.start + PIECES * piece, piece)
        curves[shown] = [score(session, made, first, first + piece) for first in firsts]
    print(f"\nR² by {PIECE_S:g} s after the change:")
    for shown, curve in curves.items():
        print(f"{shown:28}" + "".join(f"{one:>8.2f}" for one in curve))


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=1)
    asked.add_argument("--only", nargs="*", default=[])
    given = asked.parse_args()
    main(given.seeds, given.only)
