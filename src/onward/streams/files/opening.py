"""Opening a file as a stream."""

from collections.abc import Callable, Sequence
from pathlib import Path

from onward.streams.base import StreamError, StreamInfo, Task
from onward.streams.errors import as_names, listed, nearest, stream_error
from onward.streams.files.building import Ask, stream_of
from onward.streams.files.csv_file import open_csv
from onward.streams.files.file_stream import FileStream
from onward.streams.files.joined import join
from onward.streams.files.npz import open_npz
from onward.streams.files.parquet import open_parquet
from onward.streams.files.roles import Roles
from onward.streams.files.sessions import Paths, file_names, files_of, is_one_file, stream_name
from onward.streams.files.table import Table, Wanted
from onward.streams.installed import refuse_without

# How a file of each extension becomes a table; the second argument says which
# columns are wanted.
OPENERS: dict[str, Callable[[Path, Wanted], Table]] = {
    ".csv": lambda path, wanted: open_csv(path, ","),
    ".csv.gz": lambda path, wanted: open_csv(path, ","),
    ".tsv": lambda path, wanted: open_csv(path, "\t"),
    ".tsv.gz": lambda path, wanted: open_csv(path, "\t"),
    ".parquet": lambda path, wanted: open_parquet(path),
    ".npz": open_npz,
}


def open_file(
    path: Paths,
    target: str | Sequence[str] | None,
    features: str | Sequence[str] | None = None,
    task: Task | None = None,
    *,
    start: str | None = None,
    weight: str | None = None,
    series: str | None = None,
    phases: str | None = None,
    valid: str | None = None,
    gap: str | None = None,
    calendar: bool | str | Sequence[str] = False,
    known: StreamInfo | None = None,
) -> FileStream:
    """Open CSV, TSV (either gzipped or not), Parquet or NPZ files as a stream.

    CSV and Parquet files are read in constant memory: here, to learn types, classes, length and
    what the other columns tell, and again by `chunks`. NPZ files are loaded whole; in them, an
    array of shape (rows, m) is m columns, which its name stands for, and arrays of shape
    (trials, time, m) are strung together (see `onward.streams.files.trials`).

    Several files of one kind with the same columns are one stream, in the order given; those of
    a folder or a pattern ("day*.csv") come by name, day2 before day10. Types and classes are
    decided over all of them. A sequence begins with each file.

    Arguments:
        path: the file, a folder, a pattern, or a list of these.
        target: one column or several, by name.
        features: columns by name; None takes all columns of numbers that have no other role.
            Columns that are left out so are named in `info.warnings`. Where none remains, the
            stream has no features, and only labels can be learnt from.
        task: None infers it: a single target of text, truth values or at most 10 different
            whole numbers is classified, all else is regression.
        start: the column of text, numbers, truth values or timestamps whose change from one row
            to the next begins a sequence: a trial, a session. Missing cells are a value of their
            own. Cells are compared as they stand: in CSV files 1 and 1.0 differ. With `series`,
            the row before is that of the same series.
        weight: the column of numbers >= 0, or truth values, that multiply the loss of the label
            in the same row. A weight that is missing or infinite passes as it is; a learner then
            skips the label and counts it.
        series: the column that tells interleaved series apart: a shop, a patient. Missing cells
            are a series of their own.
        phases: the column whose values a report compares; each may come back later. None takes
            the files, where there are several.
        valid: the column of truth values, or 0 and 1, that is false in rows which are no part of
            the stream, padding for instance. They are left out, as are those where it is missing,
            and counted in `info.warnings`.
        gap: the span of time, as "1h" or "15min", for which a sequence begins where time jumps
            further, forward or back. Where time is in numbers, a number in their unit.
        calendar: True adds the sine and cosine of the time of day ("hour"), of the week
            ("weekday") and of the year ("yearday") to the features, of each cycle that the
            timestamps tell apart and that the stream is as long as; names of cycles add just
            these. Time is in UTC.
        known: an earlier stream whose task and classes these rows have. The columns of the target
            may then be absent or empty, classes that it did not have are noted and count as
            missing, and one row is enough.

    Returns:
        A stream of horizon 0. The first column of timestamps (dates are recognised in text
        too), else a column of numbers named "time" or "timestamp", is its time.

    Raises:
        StreamError: without pandas and pyarrow, for a file that cannot be read, columns that do
            not exist or do not fit their role, files that do not fit together, a weight below
            zero, a gap or a calendar without time, and fewer than two rows.
    """
    names = () if target is None else as_names(target, "target")
    wanted = Wanted(
        targets=names,
        others=tuple(filter(None, (start, weight, series, phases))),
        features=() if features is None else as_names(features, "feature"),
        valid=valid,
    )
    roles = Roles(
        start=start,
        weight=weight,
        series=series,
        phases=phases,
        valid=valid,
        gap=gap,
        calendar=calendar,
    )
    if is_one_file(path):
        file = Path(path)  # pyright: ignore[reportArgumentType]
        table, title = _table(file, wanted), file.name
        name = title[: -len(_check_file(file))]
    else:
        files = files_of(path, _extension)
        file_labels = file_names(files, _extension)
        table = join([_table(file, wanted) for file in files], file_labels)
        name, title = stream_name(path, file_labels), f"{files[0].name} to {files[-1].name}"
    return stream_of(table, Ask(name, title, names, features, task, roles, known))


def _table(path: Path, wanted: Wanted) -> Table:
    extension = _check_file(path)
    refuse_without(("pandas", "pyarrow"), f"reading {path.name}")
    return OPENERS[extension](path, wanted)


def _check_file(path: Path) -> str:
    if not path.exists():
        raise _missing(path)
    extension = _extension(path)
    if extension is None:
        remedy = "saving it as one of these"
        raise stream_error(f"a file ending in {', '.join(OPENERS)}", repr(path.name), remedy)
    if path.stat().st_size == 0:
        raise stream_error("a file with rows", f"{path.name}, which is empty", "another file")
    return extension


def _extension(path: Path) -> str | None:
    endings = [ending for ending in OPENERS if path.name.lower().endswith(ending)]
    return max(endings, key=len, default=None)


def _missing(path: Path) -> StreamError:
    folder = path.parent
    if not folder.is_dir():
        return stream_error("an existing file", f"{path}, whose folder does not exist", "its path")
    files = sorted(entry.name for entry in folder.iterdir() if _extension(entry))
    near = nearest(path.name, files)
    remedy = " or ".join(repr(str(folder / name)) for name in near)
    others = f"a file of that folder: {listed(files)}" if files else "the path of a file"
    return stream_error("an existing file", f"{path}, which does not exist", remedy or others)
