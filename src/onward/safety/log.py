"""A log of every update: records of fixed size, appended, each with a checksum of its own."""

import hashlib
import json
import os
import re
import zlib
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from onward.learning import arrays
from onward.learning.info import StepInfo
from onward.storing.notes import versions

FORMAT, VERSION = "onward log of updates", 1
# What a record says of its sample, or that it marks a checkpoint.
LEARNT, SKIPPED, MARK = 1, 2, 4
# Flags of what is around a learner, from this bit on.
TOLD = 8
RECORD = np.dtype(
    [
        ("position", "<u8"),
        ("sample", "<u8"),
        ("outcome", "<u8"),
        ("flags", "<u4"),
        ("check", "<u4"),
    ]
)
CHECKED = RECORD.itemsize - 4
# An address in memory, which is another one in each process.
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
# The header, a line of JSON, fills so many bytes.
HEADER = 1024


class LogError(ValueError):
    """A log that cannot be read or written, or that is of something else."""


class Log(NamedTuple):
    """What a file of updates says.

    Attributes:
        header: "configuration", a hash of the learner's settings; "told", the names of flags;
            "versions" of the libraries.
        records: of the updates and the marks of checkpoints, in order; fields "position", "sample"
            and "outcome" (hashes), "flags".
        torn: bytes at the end that are no whole record, left by a writer that was killed.
    """

    header: dict[str, Any]
    records: np.ndarray
    torn: int

    @property
    def updates(self) -> np.ndarray:
        """The records of samples."""
        return self.records[self.records["flags"] & MARK == 0]

    @property
    def checkpoints(self) -> list[int]:
        """Where checkpoints were saved: samples passed before."""
        return self.records["position"][self.records["flags"] & MARK > 0].tolist()


class UpdateLog:
    """Every update of a learner in a file that only grows.

    A record has 32 bytes: the position of the sample; a hash of what was handed over; a hash of
    the prediction, the loss and the gradient's norm, bit by bit; whether it was learnt, skipped, or
    why something was done about it; and a checksum. `onward.replay` compares a learner with it.

    A writer that is killed leaves at most one torn record at the end. It is cut off when the file
    is opened again, and `torn` tells how many bytes went. Records beyond `position` are of updates
    that are not in the checkpoint from which the learner goes on; they are cut off, too, and
    `undone` tells how many.

    Cost: some 3 µs a sample for the hashes; `sync=True` waits for the disk at each `add`.

    Args:
        path: of the file; it is made where there is none.
        learner: whose updates they are: a learner, or what is around one.
        position: of the checkpoint from which the learner goes on; 0 from the start.
        sync: whether each `add` waits until the records are on the disk.

    Raises:
        LogError: the file is no log, of another learner, damaged before its end, ends before
            `position`, or cannot be written.
    """

    def __init__(
        self, path: str | PathLike[str], learner: Any, position: int = 0, *, sync: bool = False
    ):
        self.path, self.learner, self.position, self.sync = Path(path), learner, position, sync
        self.torn = self.undone = 0
        header = {
            "format": FORMAT,
            "version": VERSION,
            "configuration": configuration(learner),
            "told": list(getattr(learner, "flags", ())),
            "versions": dict(versions()),
        }
        if not self.path.exists() or self.path.stat().st_size < HEADER:
            # A writer that was killed within the header had nothing to tell yet.
            self._file = self._opened("wb")
            self._write(_line(header), sync=True)
            if position:
                self.mark()
            return
        log = read_log(self.path)
        if log.header["configuration"] != header["configuration"]:
            raise LogError(
                f"Expected the log of this learner at {self.path}; got one of other settings. Try "
                "another file."
            )
        marks, there = log.records["flags"] & MARK > 0, log.records["position"]
        beyond = np.where(marks, there > position, there >= position)
        kept = int(np.argmax(beyond)) if beyond.any() else len(beyond)
        samples = there[:kept][~marks[:kept]].tolist()
        if samples and samples[-1] + 1 != position:
            raise LogError(
                f"Expected a log that reaches sample {position} at {self.path}; got one up to "
                f"{samples[-1] + 1}. Try an earlier checkpoint, or another file."
            )
        self.torn, self.undone = log.torn, len(log.records) - kept
        self._file = self._opened("rb+")
        self._file.truncate(HEADER + kept * RECORD.itemsize)
        self._file.seek(0, os.SEEK_END)
        marked = kept > 0 and bool(marks[kept - 1]) and there[kept - 1] == position
        if position and not marked:
            # The writer was killed between the checkpoint and its mark.
            self.mark()

    def __repr__(self) -> str:
        return f"UpdateLog({str(self.path)!r}, position={self.position})"

    def __enter__(self) -> "UpdateLog":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, with all that was added on the disk."""
        os.fsync(self._file.fileno())
        self._file.close()

    def add(self, info: StepInfo, x: Any, y: Any = None) -> None:
        """Append what a `step` or a `run` has done.

        Args:
            info: what it returned.
            x: what it was handed over, features or an `Observation`.
            y: likewise.

        Raises:
            LogError: it cannot be written, as on a full disk. What was written before is whole.
        """
        rows = records(self.learner, self.position, info, x, y)
        self._write(rows.tobytes())
        self.position += len(rows)

    def mark(self) -> None:
        """Append that a checkpoint has been saved after the samples so far; on the disk at once."""
        row = np.zeros(1, RECORD)
        row["position"], row["flags"] = self.position, MARK
        self._write(_checked(row).tobytes(), sync=True)

    def _opened(self, mode: str) -> Any:
        try:
            # No buffer, which would write the rest of what has failed with the next records.
            return open(self.path, mode, buffering=0)
        except OSError as error:
            raise LogError(
                f"Expected to write {self.path}; got {error.strerror}. Try a folder that is there "
                "and may be written."
            ) from error

    def _write(self, content: bytes, sync: bool = False) -> None:
        place = self._file.tell()
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[self._file.write(rest) :]
            if sync or self.sync:
                os.fsync(self._file.fileno())
        except OSError as error:
            # Half of a record would part those after it from their places.
            self._file.truncate(place)
            self._file.seek(place)
            raise LogError(
                f"Expected to append to {self.path}; got {error.strerror or error}. What was "
                "written before is whole. Try freeing space."
            ) from error


def read_log(path: str | PathLike[str]) -> Log:
    """What a file of updates says. A torn record at its end is passed over and told.

    Args:
        path: of the file.

    Raises:
        LogError: it is no log, or damaged before its end; the message says at which record.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        header = json.loads(content[:HEADER])
        known = isinstance(header, dict) and header.get("format") == FORMAT
    # What bytes of anybody's make JSON raise: of values, of the depth of recursion.
    except (OSError, ValueError, RecursionError) as error:
        raise LogError(
            f"Expected a log of updates at {path}; got {type(error).__name__}: {error}. Try the "
            "path that UpdateLog was given."
        ) from error
    if not known or header.get("version") != VERSION or "configuration" not in header:
        raise LogError(
            f"Expected a log of updates of version {VERSION} at {path}; got another file. Try the "
            "path that UpdateLog was given."
        )
    body = content[HEADER:]
    whole = len(body) // RECORD.itemsize
    rows = np.frombuffer(body, RECORD, whole)
    good = _checked(rows.copy())["check"] == rows["check"]
    last = whole if good.all() else int(np.argmin(good))
    if good[last:].any():
        raise LogError(
            f"Expected whole records in {path}; got a damaged one, number {last}, with whole ones "
            "after it. Try a copy from before."
        )
    return Log(header, rows[:last], len(body) - last * RECORD.itemsize)


def configuration(learner: Any) -> str:
    """A hash of all settings of a learner, weights apart: 16 hex digits."""
    text = ADDRESS.sub("", repr(learner))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def records(learner: Any, position: int, info: StepInfo, x: Any, y: Any) -> np.ndarray:
    """The records of samples and of what became of them.

    Args:
        learner: that has learnt from them.
        position: of the first.
        info: what its `step` or `run` returned.
        x: what it was handed over.
        y: likewise.
    """
    single = np.ndim(info.loss) == 0
    sizes = learner.features, learner.targets
    seen = arrays.observation(x, y, sizes, learner.dtype, () if single else (None,))
    count = 1 if single else len(info.loss)
    rows = np.zeros(count, RECORD)
    rows["position"] = np.arange(position, position + count)
    parts = [part for part in seen if part is not None]
    # A weight or a start of its own makes another sample.
    shape = bytes(part is not None for part in seen)
    rows["sample"] = _hashes(parts, count, shape)
    outcome = [info.prediction, info.loss, info.gradient_norm]
    rows["outcome"] = _hashes(outcome, count)
    flags = LEARNT * np.asarray(info.learnt, np.uint32) + SKIPPED * np.asarray(info.skipped)
    told = len(getattr(learner, "flags", ()))
    if told:
        last = np.asarray(info.diagnostics).reshape(count, -1)[:, -told:] > 0
        flags = flags + last.astype(np.uint32) @ (TOLD << np.arange(told, dtype=np.uint32))
    rows["flags"] = flags
    return _checked(rows)


def _hashes(parts: list[Any], count: int, salt: bytes = b"") -> np.ndarray:
    """A hash of 64 bits of each row of arrays with a first axis in common."""
    columns = [np.ascontiguousarray(part).reshape(count, -1).view(np.uint8) for part in parts]
    whole = np.ascontiguousarray(np.concatenate(columns, axis=1))
    hashes = b"".join(hashlib.blake2b(row, digest_size=8, salt=salt).digest() for row in whole)
    return np.frombuffer(hashes, "<u8")


def _checked(rows: np.ndarray) -> np.ndarray:
    """Records with their checksums, which hold where they stand in the file, too."""
    content = rows.tobytes()
    size = RECORD.itemsize
    rows["check"] = [
        zlib.crc32(content[first : first + CHECKED]) for first in range(0, len(content), size)
    ]
    return rows


def _line(header: dict[str, Any]) -> bytes:
    text = json.dumps(header, sort_keys=True).encode()
    return text.ljust(HEADER - 1) + b"\n"
