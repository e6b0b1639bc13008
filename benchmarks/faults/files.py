"""What a disk, a folder or a clock can do to a store of checkpoints, and files of anybody's."""

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import jax
import numpy as np

from benchmarks.faults.outcome import Outcome, same_state
from benchmarks.faults.worker import PIECE, make_learner, piece
from onward import CheckpointError, CheckpointStore, LearnerState, LogError, UpdateLog, read_log

NOBODY = 65534


class Run:
    """A learner that has learnt a little, to be saved again and again."""

    def __init__(self, folder: Path):
        self.learner, self.store = make_learner(), CheckpointStore(folder / "store")
        state, self.info = self.learner.run(self.learner.init(jax.random.key(1)), *piece(0))
        self.state: LearnerState = state
        self.log = folder / "log"

    def save(self, position: int = PIECE) -> Path:
        """A checkpoint of the state."""
        return self.store.save(self.learner, self.state, position)

    @property
    def whole(self) -> bool:
        """Whether the latest checkpoint is that state, and nothing half is left."""
        found = self.store.latest()
        left = [name for name in os.listdir(self.store.folder) if name.endswith(".part")]
        return found is not None and same_state(found.state, self.state) and not left


def full_disk(folder: Path, times: int, seed: int = 0) -> Outcome:
    """No file may grow beyond a random size, as on a disk that is full."""
    run, random, survived = Run(folder), np.random.default_rng(seed), 0
    size = run.save().stat().st_size
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for _ in range(times):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(random.integers(size)), hard))
        try:
            run.save()
            told = False
        except CheckpointError as error:
            told = str(error).startswith("Expected ")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))
        survived += told and run.whole
    return Outcome("a full disk", times, survived, "told in words; the checkpoint before is kept")


def full_disk_under_a_log(folder: Path, times: int, seed: int = 0) -> Outcome:
    """The same for the log of updates, which then goes on where it was."""
    run, random, survived = Run(folder), np.random.default_rng(seed), 0
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with UpdateLog(run.log, run.learner) as log:
        log.add(run.info, *piece(0))
        for _ in range(times):
            position, size = log.position, run.log.stat().st_size
            limit = size + int(random.integers(PIECE * 32))
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
            try:
                log.add(run.info, *piece(0))
                told = False
            except LogError:
                told = log.position == position
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))
            log.add(run.info, *piece(0))
            found = read_log(run.log)
            survived += told and found.torn == 0 and len(found.records) == log.position
    return Outcome("a full disk under the log", times, survived, "told in words; no torn record")


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder that may not be written into, for a process that is not the superuser."""
    mode, superuser = folder.stat().st_mode, os.geteuid() == 0
    folder.chmod(0o555)
    if superuser:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if superuser:
            os.seteuid(0)
        folder.chmod(mode)


def read_only_folder(folder: Path, times: int) -> Outcome:
    """The folder may not be written into for a while."""
    run, survived = Run(folder), 0
    folder.chmod(0o755)
    run.save()
    for _ in range(times):
        with read_only(run.store.folder):
            try:
                run.save()
                told = False
            except CheckpointError as error:
                told = "Permission denied" in str(error)
        survived += told and run.whole
    return Outcome("a folder that is read-only", times, survived, "told in words; goes on after it")


def clock_going_back(folder: Path, times: int, seed: int = 0) -> Outcome:
    """Before each checkpoint the clock goes back by up to a year."""
    run, random, survived = Run(folder), np.random.default_rng(seed), 0
    now = time.time()
    for index in range(times):
        now -= float(random.uniform(0, 3e7)) / times
        with mock.patch("time.time", lambda now=now: now):
            path = run.save(index)
        os.utime(path, (now, now))
        found = run.store.latest()
        survived += found is not None and found.position == index and run.whole
    return Outcome("a clock going back", times, survived, "the last one written is the latest")


def mutated(folder: Path, times: int, seed: int = 0) -> Outcome:
    """Checkpoints cut short, with bits flipped, with noise, zeros or other files' bytes in them."""
    run, survived, equal = Run(folder), 0, 0
    path = run.save()
    for content in damaged(path.read_bytes(), times, seed):
        path.write_bytes(content)
        try:
            found = run.store.load(path)
            equal += (same := same_state(found.state, run.state) and found.learner == run.learner)
            survived += same
        except CheckpointError as error:
            survived += str(error).startswith("Expected ")
    told = f"{survived - equal:,} refused in words, {equal:,} loaded equal"
    return Outcome("mutated and foreign checkpoints", times, survived, told)


def mutated_log(folder: Path, times: int, seed: int = 0) -> Outcome:
    """The same for logs: refused, or what is read of it is what was written."""
    run, survived = Run(folder), 0
    with UpdateLog(run.log, run.learner) as log:
        log.add(run.info, *piece(0))
    whole = read_log(run.log)
    for content in damaged(run.log.read_bytes(), times, seed):
        run.log.write_bytes(content)
        try:
            found = read_log(run.log).records
            survived += bool((found == whole.records[: len(found)]).all())
        except LogError as error:
            survived += str(error).startswith("Expected ")
    return Outcome("mutated and foreign logs", times, survived, "refused, or read as written")


def damaged(whole: bytes, count: int, seed: int = 0) -> Iterator[bytes]:
    """So many copies of a file, each damaged in one of seven ways."""
    random = np.random.default_rng(seed)
    header = min(len(whole), 4000)
    for index in range(count):
        content = np.frombuffer(whole, np.uint8).copy()
        place, length = int(random.integers(len(content))), int(random.integers(1, 200))
        stretch = slice(place, place + length)
        match index % 7:
            case 0:
                content = content[:place]
            case 1:
                content[place] ^= 1 << int(random.integers(8))
            case 2:
                # Names, shapes and settings are in front.
                content[int(random.integers(header))] ^= 1 << int(random.integers(8))
            case 3:
                content[stretch] = random.integers(0, 256, len(content[stretch]))
            case 4:
                content[stretch] = 0
            case 5:
                content = np.concatenate([content[:place], content[place - length :]])
            case _:
                foreign = [b"", b"a,y\n1,2\n" * 40, b"PK\x03\x04" + bytes(90), bytes(500), b"{}"]
                content = np.frombuffer(foreign[int(random.integers(len(foreign)))], np.uint8)
        yield content.tobytes()
