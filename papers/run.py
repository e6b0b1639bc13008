"""Running claims: one after another or side by side, each once."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from onward.jobs import AbstractPlace
from papers.claims import CLAIMS
from papers.folder import ResultsFolder
from papers.lab import Lab
from papers.multiverse.study import run_worlds

# What divides network sizes and pre-training.
SCALES = {"full": 1, "quick": 4}


@dataclass(frozen=True)
class Outcome:
    """What became of a claim.

    Attributes:
        id: of the claim.
        content: its results, plain data; None where it could not run.
        missing: why it could not.
        resumed: whether it had been finished before.
    """

    id: str
    content: dict[str, Any] | None
    missing: str = ""
    resumed: bool = False


def reproduce(
    identities: Sequence[str],
    path: Path,
    *,
    scale: str,
    seeds: int,
    jobs: int,
    progress: Callable[[str, str], None],
) -> Iterator[Outcome]:
    """Run claims, and yield each as it is finished.

    Args:
        identities: of the claims.
        path: folder of the results; what is finished there is not run again.
        scale: one of `SCALES`.
        seeds: networks a setting.
        jobs: processes side by side.
        progress: told a claim and what it does next (only with one job).

    Raises:
        ResultsError: the folder holds results that were made in another way.
    """
    folder, left = ResultsFolder(path), []
    for identity in identities:
        claim = CLAIMS[identity]
        found = folder.finished(claim, scale, seeds)
        missing = claim.missing()
        if found is not None:
            yield Outcome(identity, found, resumed=True)
        elif missing is not None:
            yield Outcome(identity, None, missing)
        else:
            left.append(identity)
    if jobs == 1 or len(left) < 2:
        for identity in left:
            told = lambda doing, identity=identity: progress(identity, doing)  # noqa: E731
            yield run_claim(identity, path, scale, seeds, processors(), told)
        return
    threads = max(1, processors() // jobs)
    # Spawned: a process that JAX runs in cannot be forked.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        work = [pool.submit(run_claim, one, path, scale, seeds, threads) for one in left]
        yield from (done.result() for done in as_completed(work))


def run_worlds_of(
    identities: Sequence[str],
    path: Path,
    *,
    scale: str,
    place: AbstractPlace,
    progress: Callable[[str, int, int], None],
    draws: int | None = None,
) -> None:
    """Run the worlds that claims are read in, as far as they have not been run.

    Args:
        identities: of the claims.
        path: folder of the results.
        scale: one of `SCALES`.
        place: where the draws are run.
        progress: told a world, how many of its draws are done, and how many there are.
        draws: protocols of a world; None for as many as it asks for.

    Raises:
        ResultsError: a draw failed, or results of another protocol are in the way.
        JobsError: the place cannot be used.
    """
    universes = [one for identity in identities for one in CLAIMS[identity].universes]
    worlds = dict.fromkeys(one.world for one in universes)
    run_worlds(worlds, ResultsFolder(path).path, SCALES[scale], place, progress, draws)


def run_claim(
    identity: str,
    path: Path,
    scale: str,
    seeds: int,
    threads: int,
    progress: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Run one claim and write its results."""
    folder = ResultsFolder(path)
    lab = Lab(folder.runs, seeds, SCALES[scale], threads)
    lab.progress = progress
    return Outcome(identity, folder.save(CLAIMS[identity].run(lab, scale)))


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
