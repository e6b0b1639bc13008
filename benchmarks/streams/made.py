"""Streams that are computed: River's with drift, CapyMOA's, and ours."""

import json
import subprocess
import tempfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from river.datasets import synth

from benchmarks.streams.environments import ENVIRONMENTS, ROOT
from benchmarks.streams.recordings import AbsentError, Arrays
from onward.streams import RiverSet, Stream

ROWS = 10_000
HALFWAY = {"position": ROWS // 2, "width": ROWS // 10, "seed": 0}
Generator = Callable[[], Any]


def drawn(make: Generator) -> Arrays:
    """The first rows of a generator of River.

    Args:
        make: the generator, seeded.
    """
    rows = list(islice(make(), ROWS))
    names = sorted(rows[0][0], key=str)
    x = np.array([[row[name] for name in names] for row, _ in rows], np.float64)
    return x, np.array([float(label) for _, label in rows])


def friedman() -> Any:
    """Three times another part of the space of inputs has another function."""
    return synth.FriedmanDrift("lea", (ROWS // 4, ROWS // 2, 3 * ROWS // 4), seed=0)


def sea() -> Any:
    """Two inputs beyond a sum that changes halfway, a tenth of the labels wrong."""
    before, after = (synth.SEA(variant, noise=0.1, seed=0) for variant in (0, 3))
    return synth.ConceptDriftStream(before, after, **HALFWAY)


def hyperplane() -> Any:
    """The side of a plane that turns all the time."""
    return synth.Hyperplane(seed=0, n_features=10, n_drift_features=5, mag_change=0.001)


def agrawal() -> Any:
    """Who is granted a loan, by a rule that changes halfway."""
    before, after = (synth.Agrawal(rule, seed=0, perturbation=0.05) for rule in (0, 4))
    return synth.ConceptDriftStream(before, after, **HALFWAY)


def led() -> Any:
    """Digits on a display, a tenth of whose segments are wrong, and seven change places."""
    before = synth.LED(seed=0, noise_percentage=0.1, irrelevant_features=True)
    after = synth.LEDDrift(0, 0.1, irrelevant_features=True, n_drift_features=7)
    return synth.ConceptDriftStream(before, after, **HALFWAY)


def random_rbf() -> Any:
    """Clusters that move all the time, in four classes."""
    return synth.RandomRBFDrift(0, 0, n_classes=4, change_speed=0.001, n_drift_centroids=25)


def of_stream(stream: Stream) -> Arrays:
    """All rows of a stream with one target."""
    chunks = list(stream.chunks(stream.info.length))
    return np.concatenate([c.x for c in chunks]), np.concatenate([c.y for c in chunks])[:, 0]


def of_river(name: str) -> Arrays:
    """All rows of a data set that comes with River."""
    return of_stream(RiverSet(name))


def of_capymoa(name: str) -> Arrays:
    """The first rows of a generator of CapyMOA, which draws them in its own environment.

    Args:
        name: the generator's, in `peers/capymoa_streams.py`.

    Raises:
        AbsentError: the environment, or Java, is not there.
    """
    environment = ENVIRONMENTS["peers"]
    if reason := environment.missing():
        raise AbsentError(reason)
    with tempfile.TemporaryDirectory() as written:
        path = Path(written) / "drawn.npz"
        asked = json.dumps({"name": name, "rows": ROWS, "out": str(path)})
        script = "benchmarks.streams.peers.capymoa_streams"
        done = subprocess.run(
            [environment.python, "-m", script, asked], cwd=ROOT, capture_output=True, text=True
        )
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
            raise AbsentError(f"Expected {name} of CapyMOA; got {said}. Try installing Java.")
        with np.load(path) as file:
            return file["x"], file["y"]
