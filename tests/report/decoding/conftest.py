"""Made-up studies: sessions, scores and predictions, in the form that the folder of one has."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from onward.decoders import DecodeConfig, Decoded, results_of, scored
from onward.recordings import Session
from onward.training.offline import Epoch

BIN_S = 0.05
# How far predictions are off, beside labels of variance 1.
NOISE = {"ridge, frozen": 0.95, "ridge, refitted daily": 0.8, "last-label, online": 0.9}


class Study(NamedTuple):
    results: dict
    predictions: Path


@pytest.fixture
def make_study(tmp_path):
    """Make a study of any size; `noise` is that of ours and of its frozen copy."""

    def make(
        sessions=3,
        seeds=2,
        adapt=True,
        opponents=tuple(NOISE),
        names=None,
        dates=True,
        rows=1_500,
        targets=2,
        noise=(0.5, 0.7),
        **more,
    ):
        random = np.random.default_rng(0)
        names = names or [f"day{index}" for index in range(sessions)]
        all_names = ["before1", "before2", *names]
        made = [
            _session(random, name, place, dates, rows, targets)
            for place, name in enumerate(all_names)
        ]
        found = Decoded(made[:2], made[2:])
        folder = tmp_path / "predictions"
        folder.mkdir(exist_ok=True)
        for session in found.sessions:
            for seed in range(seeds):
                ours, frozen = (_off(random, session, size + 0.01 * seed) for size in noise)
                ours = ours if adapt else frozen
                found.add("decoder", session, scored(session, ours, ours))
                found.add("frozen", session, scored(session, frozen, frozen))
                if seed == 0:
                    _save(folder, session, ours, frozen)
            for name in opponents:
                made_up = _off(random, session, NOISE[name])
                judged = None if "daily" in name else made_up
                found.add(name, session, scored(session, made_up, judged))
            found.events[session.name] = {"fallback": 0, "put back": 0}
            found.when[session.name] = {"fallback": [], "put back": []}
        found.epochs += [[Epoch(1, 0.9, 0.8), Epoch(2, 0.6, np.nan)]] * seeds
        config = DecodeConfig(train=2, seeds=seeds, adapt=adapt, opponents=("ridge",))
        results = results_of(found, config, **more)
        return Study(json.loads(json.dumps(results)), folder)

    return make


def _session(random, name, place, dates, rows, targets):
    counts = random.poisson(2.0 + place % 2, (rows, 4)).astype(np.float32)
    counts[:300, 1] = np.nan
    y = random.normal(size=(rows, targets)).astype(np.float32)
    y[5:9] = np.nan
    return Session(
        name,
        counts,
        y,
        tuple(f"elec{index}" for index in range(4)),
        tuple(f"velocity {index}" for index in range(targets)),
        BIN_S,
        np.arange(rows) == 0,
        np.ones(rows, bool),
        datetime(2024, 3, 1, 9) + timedelta(days=3 * place) if dates else None,
    )


def _off(random, session, size):
    return (session.targets + size * random.normal(size=session.targets.shape)).astype(np.float32)


def _save(folder, session, ours, frozen):
    if Path(session.name).name == session.name:
        np.savez(
            folder / f"{session.name}.npz",
            targets=session.targets,
            predictions=ours,
            frozen=frozen,
            scored=session.scored,
        )
