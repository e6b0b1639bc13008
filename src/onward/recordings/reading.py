"""Recordings by path, whatever their format."""

import warnings
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from glob import glob
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from onward.recordings.arrays import read_arrays
from onward.recordings.errors import RecordingError, listed, recording_error
from onward.recordings.matlab import read_matlab
from onward.recordings.npz import NpzFile
from onward.recordings.nwb import read_nwb
from onward.recordings.parquet import ParquetFile
from onward.recordings.session import Session
from onward.recordings.wanted import FOUND, Wanted

ENDINGS = (".nwb", ".mat", ".npz", ".parquet", ".pq")
NEEDED = {
    ".nwb": ("pynwb", "pip install pynwb h5py"),
    ".mat": ("h5py", "pip install pynwb h5py"),
    ".parquet": ("pyarrow", "pip install pyarrow"),
    ".pq": ("pyarrow", "pip install pyarrow"),
}


def read_session(
    path: str | Path,
    target: str | Sequence[str] = "velocity",
    *,
    position: str | None = None,
    bin_s: float | None = None,
    mask: str | None = FOUND,
    beyond: float | None = None,
    dead_after: float | None = 30.0,
    starts: Literal["gaps", "trials"] = "gaps",
    counts: str | Sequence[str] = "counts",
    stamps: Literal["end", "start"] = "end",
    goal: str | None = None,
) -> Session:
    """Read one recording: NWB, MATLAB v7.3 of Indy and Loco, NPZ or Parquet of binned counts.

    Bin k covers (end_k - bin_s, end_k]. Its labels are the last samples at or before end_k, and
    NaN where these are older than three bins. Units of one electrode are summed.

    Args:
        path: of a file that ends in .nwb, .mat, .npz, .parquet or .pq.
        target: the name of a signal, or of several. "velocity" and "position" are also found
            under other names, and velocity is derived from the position where it is absent:
            the difference over the bin, per second.
        position: the signal that is the position, for `beyond` and a derived velocity; None
            for the one that is called so.
        bin_s: seconds of a bin. None for that of the file, or 0.05 where it holds spike times.
        mask: the name of a signal that is true where rows may be scored; "found" for one that
            has a usual name, such as `eval_mask` or `valid`; None for no mask.
        beyond: where any coordinate of the position is further than this from 0, that row and
            the next have no labels and are not scored. None for anywhere.
        dead_after: seconds of silence after which a channel is masked by NaN, until it fires
            again; None masks none.
        starts: "gaps": state begins afresh only where time is missing, so also between trials
            that were cut out. "trials": at every trial of the table too.
        counts: the array of counts in NPZ, or in Parquet the beginning of the names of its
            columns, or the columns.
        stamps: of NWB files: whether the time of a sample is that of the end of what it was
            sampled over, or of its start, as in FALCON's M2.
        goal: the signal that says where the target was, which with the position becomes part of
            the session; "found" for one that has a usual name, such as `target_pos`; None for
            none.

    Returns:
        A `Session`.

    Raises:
        RecordingError: a file that cannot be read, or lacks what was asked for; negative or
            unsorted spike times; trials that overlap; labels of another length than the counts;
            another width of bins. It names file and field.
        ImportError: a package that reads the format is not installed.
    """
    wanted = Wanted(target, position, bin_s, mask, beyond, dead_after, starts, counts, stamps, goal)
    return _read(Path(path), wanted)


def read_sessions(
    paths: str | Path | Iterable[str | Path],
    target: str | Sequence[str] = "velocity",
    *,
    strict: bool = False,
    **options: Any,
) -> list[Session]:
    """Read several recordings, in the order of time.

    Args:
        paths: files in order; or a folder, a file or a pattern such as "days/*.npz".
        target: as in `read_session`.
        strict: refuse files that are listed out of the order of time, instead of sorting them
            with a warning.
        **options: the other arguments of `read_session`.

    Returns:
        A session for each file, sorted by when they began; in the order given where a file does
        not tell.

    Raises:
        RecordingError: no file; sessions of different widths of bins, targets or units; out of
            order with `strict`; and as `read_session` does.
    """
    wanted = Wanted(target, **options)
    one = isinstance(paths, str | Path)
    found = _files(paths) if isinstance(paths, str | Path) else [Path(path) for path in paths]
    if not found:
        raise RecordingError(
            f"Expected recordings that end in {', '.join(ENDINGS)}; got none at {paths!r}. "
            "Try a folder that holds some."
        )
    sessions = [_read(path, wanted) for path in found]
    for session in sessions[1:]:
        _check_alike(sessions[0], session)
    if any(session.began is None for session in sessions):
        return sessions
    ordered = sorted(sessions, key=lambda session: _moment(session.began))
    if not one and ordered != sessions:
        _tell_disorder(sessions, strict)
    return ordered


def _files(where: str | Path) -> list[Path]:
    path = Path(where)
    if path.is_dir():
        return sorted(one for one in path.iterdir() if one.suffix.lower() in ENDINGS)
    return [path] if path.exists() else sorted(map(Path, glob(str(where))))


def _read(path: Path, wanted: Wanted) -> Session:
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise RecordingError(
            f"Expected a recording that ends in {', '.join(ENDINGS)}; got {path.name!r}. "
            "Try saving it as one of these."
        )
    if not path.is_file():
        raise RecordingError(f"Expected a file; got {str(path)!r}. Try a path that exists.")
    _check_installed(ending)
    if ending == ".nwb":
        return read_nwb(path, wanted)
    if ending == ".mat":
        return read_matlab(path, wanted)
    if ending == ".npz":
        return read_arrays(NpzFile(path), wanted)
    table = ParquetFile(path, wanted.counts)
    return read_arrays(table, wanted, table.channels)


def _check_installed(ending: str) -> None:
    package, remedy = NEEDED.get(ending, ("numpy", ""))
    if find_spec(package) is None:
        raise ImportError(
            f"Expected {package}, which reads {ending} files, to be installed; got none. "
            f"Try {remedy}."
        )


def _check_alike(first: Session, other: Session) -> None:
    def differ(field: str, ours: str, theirs: str, remedy: str) -> RecordingError:
        expected = f"{ours}, as in {first.name!r},"
        return recording_error(expected, field, repr(other.name), theirs, remedy)

    if abs(first.bin_s - other.bin_s) > 1e-6 * first.bin_s:
        widths = f"bins of {first.bin_s:g} s", f"{other.bin_s:g} s"
        raise differ("bin_s", *widths, "binning all spikes alike")
    if first.target_names != other.target_names:
        names = listed(first.target_names), listed(other.target_names)
        raise differ("target_names", *names, "another target")
    if None not in (first.unit, other.unit) and first.unit != other.unit:
        units = f"labels in {first.unit}", str(other.unit)
        raise differ("unit", *units, "converting one of them")


def _moment(began: datetime | None) -> datetime:
    assert began is not None
    return began if began.tzinfo else began.replace(tzinfo=UTC)


def _tell_disorder(sessions: list[Session], strict: bool) -> None:
    early, late = next(
        (one, two) for one, two in pairwise(sessions) if _moment(two.began) < _moment(one.began)
    )
    expected = "Expected recordings in the order of time"
    got = f"got {late.name!r} of {late.began} behind {early.name!r} of {early.began}"
    if strict:
        raise RecordingError(f"{expected}; {got}. Try listing them by date.")
    warnings.warn(f"{expected}; {got}. They were sorted.", stacklevel=3)
