"""One contestant on one stream with one seed, in a process of its own; kept, so that it runs once.

What is kept are the predictions. A result holds as long as the samples, the contestant's sources
and the pins of its environment are what they were, so that peers do not run again where only
Onward has changed.
"""

import hashlib
import json
import os
import re
import subprocess
import tempfile
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.streams.columns import column, members
from benchmarks.streams.contestants import CONTESTANTS, Contestant
from benchmarks.streams.environments import ENVIRONMENTS, ROOT
from benchmarks.streams.scoring import score_of
from benchmarks.streams.streams import Samples

CACHE = ROOT / "build" / "streams"
# Seconds that a process may take.
PATIENCE = 3600
_TURNS: dict[Path, threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True)
class Result:
    """What came of a job.

    Attributes:
        score: None where there is none.
        micros: µs a row, without start and compilation; None where they were not measured.
        megabytes: the most memory that its process held.
        reason: why there is no score; None where there is one.
        members: of a mixture the score of each member.
    """

    score: float | None = None
    micros: float | None = None
    megabytes: float | None = None
    reason: str | None = None
    members: Mapping[str, float] = field(default_factory=dict)


NOT_RUN = Result(reason="it has not run")


def result_of(
    samples: Samples, name: str, seed: int, cache: Path = CACHE, stored: bool = False
) -> Result:
    """The result of a job: what is kept, else what a process of its own finds.

    A failure is a result with its reason, which is not kept.

    Args:
        samples: the stream.
        name: of the contestant.
        seed: of what it draws.
        cache: the folder of what is kept.
        stored: take what is kept alone, and run nothing.
    """
    asked, name = name, CONTESTANTS[name].within or name
    contestant = CONTESTANTS[name]
    if reason := ENVIRONMENTS[contestant.environment].missing():
        return Result(reason=reason)
    kept = cache / samples.name / f"{_slug(name)}-{seed}-{_key(samples, name, seed)}"
    told, answered = kept.with_suffix(".json"), kept.with_suffix(".npy")
    # Two contestants may want the same process at once.
    with _TURNS[kept]:
        if not told.exists() and stored:
            return NOT_RUN
        if not told.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            reason, said = _run(samples, name, contestant, seed, answered)
            if reason:
                return Result(reason=reason)
            # Last, and in one step: what an interrupted run leaves is not taken for a result.
            unfinished = kept.with_suffix(".part")
            unfinished.write_text(said)
            unfinished.replace(told)
    made, measured = np.load(answered), json.loads(told.read_text())

    def scored(predicted: np.ndarray) -> float:
        return score_of(samples.source.score, samples.y, predicted, samples.source.horizon)

    score = scored(column(made, asked))
    if not np.isfinite(score):
        return Result(reason=f"its {samples.source.score} is {score}")
    if asked != name:
        # What was measured is the whole process.
        return Result(score)
    return Result(score, **measured, members={n: scored(p) for n, p in members(made).items()})


def _run(
    samples: Samples, name: str, contestant: Contestant, seed: int, made: Path
) -> tuple[str | None, str]:
    """Why a process failed, or None, and what it printed."""
    python = ENVIRONMENTS[contestant.environment].python
    with tempfile.TemporaryDirectory() as folder:
        stored = f"{folder}/samples.npz"
        np.savez(stored, x=samples.x, y=samples.y)
        asked = {
            "samples": stored,
            "out": str(made),
            "contestant": name,
            "classes": samples.classes,
            "horizon": samples.source.horizon,
            "season": samples.source.season,
            "score": samples.source.score,
            "seed": seed,
        }
        script = f"benchmarks.streams.peers.{contestant.script}"
        try:
            done = subprocess.run(
                [python, "-m", script, json.dumps(asked)],
                cwd=ROOT,
                env={**os.environ, "JAX_PLATFORMS": "cpu"},
                capture_output=True,
                text=True,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            return f"it took more than {PATIENCE} s", ""
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return f"it ended with {done.returncode}: {said}", ""
    return None, lines[-1]


def _key(samples: Samples, name: str, seed: int) -> str:
    told = json.dumps([samples.digest, name, seed, _version(name)])
    return hashlib.sha256(told.encode()).hexdigest()[:12]


@lru_cache
def _version(name: str) -> str:
    """A number that tells a contestant from what it was."""
    contestant, found = CONTESTANTS[name], hashlib.sha256()
    for path in (*contestant.files(), ENVIRONMENTS[contestant.environment].pins):
        found.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def _slug(name: str) -> str:
    return re.sub(r"\W+", "-", name).strip("-").lower()
