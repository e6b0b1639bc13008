"""From what a file holds to a `Session`, the same for every format."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from onward.recordings.channels import without_dead
from onward.recordings.dates import date_in_name
from onward.recordings.errors import recording_error
from onward.recordings.session import Session
from onward.recordings.wanted import Wanted


@dataclass(frozen=True)
class Parts:
    """What a reader has found, one row a bin.

    Attributes:
        path: of the file.
        counts: spikes, shape (T, channels).
        channels: the electrodes' labels.
        targets: labels at the ends of the bins, shape (T, targets).
        target_names: one for each column.
        bin_s: seconds of a bin.
        gap: whether time is missing before a row, bool, shape (T,).
        position: for `beyond`, shape (T, dimensions), or None.
        mask: rows that may be scored, bool, shape (T,), or None for all.
        trial: number of the trial, shape (T,), -1 outside; or None.
        began: what the file says, or None.
        unit: of the targets, or None.
        goal: shape (T, dimensions), or None.
    """

    path: Path
    counts: np.ndarray
    channels: tuple[str, ...]
    targets: np.ndarray
    target_names: tuple[str, ...]
    bin_s: float
    gap: np.ndarray
    position: np.ndarray | None = None
    mask: np.ndarray | None = None
    trial: np.ndarray | None = None
    began: datetime | None = None
    unit: str | None = field(default=None, kw_only=True)
    goal: np.ndarray | None = field(default=None, kw_only=True)


def assemble(parts: Parts, wanted: Wanted) -> Session:
    """Mask channels, labels and rows as wanted, and tell where the state begins afresh.

    Raises:
        RecordingError: `beyond` without a position, no label in any bin, or as `Session` does.
    """
    file, targets = parts.path.name, parts.targets
    if len(targets) != len(parts.counts):
        expected = f"a label for each of {len(parts.counts)} bins of counts"
        got = f"{len(targets)} labels"
        remedy = "cutting both to one length"
        raise recording_error(expected, repr(parts.target_names[0]), file, got, remedy)
    scored = np.ones(len(targets), bool) if parts.mask is None else parts.mask
    if wanted.beyond is not None:
        if parts.position is None:
            remedy = "position= with the name of a signal, or no beyond"
            raise recording_error("a position for beyond", "position", file, "none", remedy)
        out = np.any(np.abs(parts.position) > wanted.beyond, axis=1)
        out[1:] |= out[:-1].copy()
        targets = np.where(out[:, None], np.nan, targets)
        scored = scored & ~out
    if np.isnan(targets).all(axis=0).any():
        got = "a column without any"
        field_name = ", ".join(map(repr, parts.target_names))
        raise recording_error("labels", field_name, file, got, "another target")
    return Session(
        name=parts.path.stem,
        counts=without_dead(parts.counts, parts.bin_s, wanted.dead_after),
        targets=targets,
        channels=parts.channels,
        target_names=parts.target_names,
        bin_s=parts.bin_s,
        start=_starts(parts, wanted),
        scored=scored,
        began=parts.began or date_in_name(parts.path),
        trial=None if parts.trial is None else parts.trial.astype(np.int64),
        unit=parts.unit,
        position=None if parts.goal is None else parts.position,
        goal=parts.goal,
    )


def _starts(parts: Parts, wanted: Wanted) -> np.ndarray:
    if wanted.starts == "gaps" or parts.trial is None:
        return parts.gap
    begins = np.diff(parts.trial.astype(np.int64), prepend=-1) != 0
    return parts.gap | (begins & (parts.trial >= 0))
