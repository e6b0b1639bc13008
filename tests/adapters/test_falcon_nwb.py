"""A decoder for FALCON, from files laid out as the challenge's M2 to its evaluator's figures."""

from pathlib import Path
from types import SimpleNamespace

import jax
import numpy as np
import pytest
from sklearn.metrics import r2_score

import onward
from onward.adapters.falcon import FalconDecoder
from onward.recordings import Session, read_session
from recordings.writing import NwbWriter

pytestmark = pytest.mark.xdist_group("falcon nwb")
CHANNELS, BIN = 24, 0.02
TRAINED, HELD_OUT = "20201019", "20201027"
CONFIG = SimpleNamespace(
    n_channels=CHANNELS,
    out_dim=2,
    bin_size_ms=20,
    hash_dataset=lambda handle: Path(handle).stem.split("_")[1],
)


def recording(folder: Path, day: str, part: str, seconds: float) -> Path:
    """Fingers that move at random, and units that fire the faster the more they go their way.

    Which way is drawn by the day; how they move, by the part.
    """
    path = folder / f"sub-MonkeyN-held-out_{day}_{part}.nwb"
    tuned = np.random.default_rng(int(day))
    tuning, level = tuned.normal(size=(2, CHANNELS)), tuned.uniform(10, 40, CHANNELS)
    random = np.random.default_rng([int(day), len(part)])
    bins = round(seconds / BIN)
    velocity = np.zeros((bins, 2))
    for row in range(1, bins):
        velocity[row] = 0.95 * velocity[row - 1] + 0.3 * random.normal(size=2)
    rates = level * np.exp(0.6 * velocity @ tuning)
    counts = random.poisson(np.minimum(rates, 300) * BIN)
    ends = BIN * np.arange(1, bins + 1)
    # Within the bin that ends there, in whole samples of 30 kHz.
    spikes = [
        np.sort(np.repeat(ends, each) - random.integers(1, 600, each.sum()) / 30_000)
        for each in counts.T
    ]
    mask = np.ones(bins, bool)
    mask[:25] = False
    with NwbWriter(path) as nwb:
        nwb.units(spikes, labels=[str(number + 1) for number in range(CHANNELS)])
        nwb.columns("finger_vel", {"index": velocity[:, 0], "mrs": velocity[:, 1]}, ends)
        nwb.acquisition("eval_mask", mask, ends, unit="bool")
        nwb.trials([(start, start + 4.0) for start in np.arange(0.01, seconds - 4, 4.0)])
    return path


def session_of(path: Path) -> Session:
    return read_session(path, bin_s=BIN, starts="trials")


def evaluated(decoder: FalconDecoder, path: Path) -> float:
    """R² of the bins that count, as the evaluator goes through a file: no label is handed over."""
    session = session_of(path)
    decoder.reset(dataset_tags=[path])
    ends = np.append(session.start[1:], True)
    said = []
    for counts, done in zip(session.counts, ends, strict=True):
        said.append(decoder.predict(counts[None])[0])
        decoder.on_done(np.array([done]))
    kept = session.scored
    return float(r2_score(session.targets[kept], np.stack(said)[kept]))


@pytest.mark.long
def test_from_files_to_the_evaluators_figures(tmp_path: Path) -> None:
    train = session_of(recording(tmp_path, TRAINED, "calib", 60.0))
    calibration = recording(tmp_path, HELD_OUT, "held_out_calib", 20.0)
    evaluation = recording(tmp_path, HELD_OUT, "held_out_eval", 20.0)
    cell = onward.GRU(CHANNELS, 16, key=jax.random.key(0))
    learner = onward.Learner(cell, 2, rule=onward.EProp(), learning_rate=5e-3)
    seen = onward.Observation(train.counts, train.targets, train.scored, train.start)
    state, _ = learner.run(learner.init(jax.random.key(0)), seen)

    decoder = FalconDecoder(learner, state, restart=True, task_config=CONFIG)
    before = evaluated(decoder, evaluation)
    assert decoder.unknown == {HELD_OUT}, "nothing was known of that day"
    few = session_of(calibration)
    assert few.bin_s == BIN and few.target_names == ("index", "mrs") and not few.scored[:25].any()
    decoder.calibrate(
        calibration, few.counts, few.targets, start=few.start, scored=few.scored, passes=4
    )
    after = evaluated(decoder, evaluation)
    assert after > 0.5 and after > before + 0.3
    assert after == evaluated(decoder, evaluation), "an evaluation leaves nothing behind"
    assert 0 < decoder.normalised_latency < 1
