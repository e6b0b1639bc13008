"""Killed at random moments: every restart goes on, and the end is that of a run left in peace."""

import multiprocessing
import random
import sys
import time
from pathlib import Path

from benchmarks.faults import worker
from benchmarks.faults.outcome import Outcome, same_state
from onward import CheckpointStore

# More pieces than a life can have.
ENDLESS = 10**9
# Seconds from readiness to the end of a life, at most; one life in ten ends before it is ready.
LONGEST, EARLY = 0.15, 0.1
# Their folders.
NAMES = "killed", "in peace"
# Pieces of the last life.
LAST = 10


def killed(folder: Path, kills: int, seed: int = 0) -> Outcome:
    """Kill a run so many times, let it come to its end, and compare."""
    random_moment = random.Random(seed)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.faults.worker"])
    broken, went_back, position = [], 0, 0
    (folder / "killed").mkdir(parents=True)
    for life in range(kills):
        ready = folder / "killed" / "ready"
        ready.unlink(missing_ok=True)
        process = context.Process(target=worker.work, args=(folder / "killed", ENDLESS))
        process.start()
        if random_moment.random() < EARLY:
            time.sleep(random_moment.uniform(0, 1))
        else:
            while not ready.exists() and process.is_alive():
                time.sleep(0.001)
            time.sleep(random_moment.uniform(0, LONGEST))
        if not process.is_alive():
            broken.append(f"life {life} ended by itself")
        process.kill()
        process.join()
        reached = _position(folder / "killed")
        went_back += reached < position
        position = reached
    pieces = position // worker.PIECE + LAST
    for name in NAMES:
        (folder / name).mkdir(exist_ok=True)
        process = context.Process(target=worker.work, args=(folder / name, pieces))
        process.start()
        process.join()
        if process.exitcode != 0:
            broken.append(f"the last life, {name}, ended with {process.exitcode}")
    logs = [(folder / name / "log").read_bytes() for name in NAMES]
    one, other = (CheckpointStore(folder / name / "store").latest() for name in NAMES)
    same = one is not None and other is not None and same_state(one.state, other.state)
    same = same and logs[0] == logs[1]
    if not same:
        broken.append("the end differs from that of the run in peace")
    lost = kills if not same else len(broken) + went_back
    what = f"kill -9 at random moments of a run, {position:,} samples"
    told = "; ".join(broken) or "all updates and the last state bit by bit those of a run in peace"
    return Outcome(what, kills, kills - lost, told)


def _position(folder: Path) -> int:
    paths = CheckpointStore(folder / "store").paths
    return int(paths[-1].stem.split("-at-")[1]) if paths else 0


if __name__ == "__main__":
    print(killed(Path(sys.argv[1]), int(sys.argv[2])))
