"""Opening a file as a stream."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from onward.streams.base import StreamError, StreamInfo, Task
from onward.streams.errors import as_names, listed, nearest, split_names, stream_error
from onward.streams.files.building import Ask, stream_of
from onward.streams.files.file_stream import FileStream
from onward.streams.files.joined import join
from onward.streams.files.kinds import has_known_ending, opener_of
from onward.streams.files.options import ReadOptions, read_options
from onward.streams.files.roles import FileRoles
from onward.streams.files.sessions import Paths, file_names, files_of, is_one_file, stream_name
from onward.streams.files.table import Table, Wanted
from onward.streams.installed import refuse_without


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
    missing_codes: str | float | Iterable[str | float] = (),
    separator: str | None = None,
    decimal: str | None = None,
    header: bool = True,
    reverse: bool = False,
) -> FileStream:
    """Open files as a stream: tables of text, JSON lines, Parquet, Arrow, ARFF, Excel or NumPy.

    Tables of text (`.csv`, `.tsv`, `.txt`) and Parquet files are read in constant memory: here, to
    learn types, classes, length and what the other columns tell, and again by `chunks`. All others
    are loaded whole. Text may be compressed (`.gz`, `.bz2`, `.zst`, or the only file in a `.zip`),
    in UTF-8, UTF-16 or Western Windows' encoding. In NPZ files an array of shape (rows, m) is m
    columns, which its name stands for, and arrays of shape (trials, time, m) are strung together
    (see `onward.streams.files.trials`). What was found out, taken for missing or left out is in
    `info.warnings`.

    A column of numbers that lie far from zero and vary little, as 10 MHz ± 0.2 or seconds since
    1970, would lose its digits in float32. One of its values is taken off first: see
    `StreamInfo.feature_offsets` and `StreamInfo.target_offsets`.

    Several files of one kind with the same columns are one stream, in the order given; those of
    a folder or a pattern ("day*.csv") come by name, day2 before day10. Types and classes are
    decided over all of them. A sequence begins with each file.

    Arguments:
        path: the file, a folder, a pattern, or a list of these.
        target: one column or several, by name. A name with commas that no column has stands for
            the names between them.
        features: columns by name; None takes all columns of numbers or of few words that have no
            other role. Words become one feature for each value, named `column=value`, in the
            order in which they first appear in the file: 1 in the rows of that value, 0 in others.
            Where no feature remains, only labels can be learnt from.
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
        missing_codes: what stands for a missing value: -200, "?". In columns of numbers it is
            compared as a number, in text as text.
        separator: of a table of text: one character, or "tab". None finds it out.
        decimal: "." or ",", the decimal mark of a table of text. None finds it out.
        header: whether the first row of a table holds the names of the columns; without it they
            are "column 1", "column 2", ...
        reverse: whether the last row of each file comes first. The columns in use are then held
            in memory.
        known: an earlier stream whose task and classes these rows have. The columns of the target
            may then be absent or empty, classes that it did not have are noted and count as
            missing, and one row is enough.

    Returns:
        A stream of horizon 0. The first column of timestamps is its time, else a column of
        numbers named "time" or "timestamp". Dates are recognised in text, in numbers such as
        20190131, and in numbers since 1970 in a column that is named like time; a column of dates
        and one of times of day are one time.

    Raises:
        StreamError: without pandas and pyarrow, for a file that cannot be read, columns that do
            not exist or do not fit their role, files that do not fit together, a weight below
            zero, a gap or a calendar without time, and fewer than two rows.
    """
    roles = FileRoles(
        start=start,
        weight=weight,
        series=series,
        phases=phases,
        valid=valid,
        gap=gap,
        calendar=calendar,
        missing_codes=missing_codes,
        separator=separator,
        decimal=decimal,
        header=header,
        reverse=reverse,
    )
    options = read_options(roles)
    names = () if target is None else as_names(target, "target")
    task = known.task if known else task
    wanted = Wanted(
        targets=_as_written_and_split(names),
        others=tuple(filter(None, (start, weight, series, phases))),
        features=() if not features else _as_written_and_split(as_names(features, "feature")),
        valid=valid,
    )
    if is_one_file(path):
        file = Path(path)  # pyright: ignore[reportArgumentType]
        name, table = _table(file, wanted, options)
        title = file.name
    else:
        files = files_of(path)
        labels = file_names(files)
        table = join([_table(file, wanted, options)[1] for file in files], labels)
        name, title = stream_name(path, labels), f"{files[0].name} to {files[-1].name}"
    return stream_of(table, Ask(name, title, names, features, task, roles, options, known))


def _as_written_and_split(names: Sequence[str]) -> tuple[str, ...]:
    """The names, and the pieces of those with commas: which of both exist is not known yet."""
    return tuple(dict.fromkeys((*names, *split_names(names, ()))))


def _table(path: Path, wanted: Wanted, options: ReadOptions) -> tuple[str, Table]:
    """The stem of a file's name, and the file."""
    if not path.exists():
        raise _missing(path)
    if has_known_ending(path) and path.stat().st_size == 0:
        raise stream_error("a file with rows", f"{path.name}, which is empty", "another file")
    refuse_without(("pandas", "pyarrow"), f"reading {path.name}")
    stem, opener = opener_of(path, options)
    return stem, opener(path, wanted, options)


def _missing(path: Path) -> StreamError:
    folder = path.parent
    if not folder.is_dir():
        return stream_error("an existing file", f"{path}, whose folder does not exist", "its path")
    files = sorted(entry.name for entry in folder.iterdir() if has_known_ending(entry))
    near = nearest(path.name, files)
    remedy = " or ".join(repr(str(folder / name)) for name in near)
    others = f"a file of that folder: {listed(files)}" if files else "the path of a file"
    return stream_error("an existing file", f"{path}, which does not exist", remedy or others)
